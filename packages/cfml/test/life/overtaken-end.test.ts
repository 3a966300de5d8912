import { type DocumentStore, memoryStore } from '@scopes/core'
import { type ManualClock, type StoreCall, manualClock, observedStore } from '@scopes/testing'
import { expect, onTestFinished, test } from 'vitest'
import { type Application, openApplication } from '../../src/index.ts'
import { lentStores } from '../../src/settings/lent-store.ts'
import { Visitor } from '../visitor.ts'

const minute = 60_000
const applicationKey = 'application:shop:_'
const useKey = 'lock:s:application:shop:use'

type Shop = Application<Record<string, unknown>, Record<string, unknown>, Record<string, unknown>>

/** A store whose calls of one kind wait, as those of a machine that stands still do. */
function standingStill(
  store: DocumentStore,
  isHeld: (call: Pick<StoreCall, 'method' | 'key'>) => boolean,
): { readonly store: DocumentStore; readonly arrived: Promise<void>; readonly goOn: () => void } {
  let goOn = (): void => {}
  const held = new Promise<void>(resolve => (goOn = resolve))
  let arrive = (): void => {}
  const arrived = new Promise<void>(resolve => (arrive = resolve))
  const wait = async (method: StoreCall['method'], key: string): Promise<void> => {
    if (!isHeld({ method, key })) return
    arrive()
    await held
  }
  const plain = observedStore(store, {})
  return {
    arrived,
    goOn: () => goOn(),
    store: {
      ...plain,
      load: async (key, options) => {
        await wait('load', key)
        return plain.load(key, options)
      },
      append: async (key, bytes, token, options) => {
        await wait('append', key)
        return plain.append(key, bytes, token, options)
      },
      replace: async (key, bytes, token, options) => {
        await wait('replace', key)
        return plain.replace(key, bytes, token, options)
      },
    },
  }
}

async function node(store: DocumentStore, clock: ManualClock, ends: string[]): Promise<Shop> {
  const shop: Shop = await openApplication({
    name: 'shop',
    store,
    clock,
    reaper: false,
    applicationTimeout: 10 * minute,
    onApplicationEnd: () => void ends.push('end'),
  })
  onTestFinished(() => shop.close())
  return shop
}

// Who ends has the use lease, then stands still; another takes it for dead, and runs a request. What the first one does when it
// goes on must not end the application under that request.
test.each([
  ['after it has read that nobody uses it (A4)', ['append', 'replace']],
  ['before it reads (A5)', ['load']],
] as const)('an end by somebody who stood still %s is none', async (_, methods) => {
  const ends: string[] = []
  const stores = lentStores(memoryStore(), 3)
  const [first, slow, other] = stores as [DocumentStore, DocumentStore, DocumentStore]
  const start = Date.UTC(2026, 0, 1)
  const before = await node(first, manualClock(start), ends)
  await new Visitor().ask(before, async request => {
    ;(await request.application())['x'] = 1
  })
  await before.close()

  let hasLease = false
  const still = standingStill(
    observedStore(slow, { onCall: ({ method, key }) => void (hasLease ||= method === 'insert' && key === useKey) }),
    ({ method, key }) => hasLease && key === applicationKey && (methods as readonly string[]).includes(method),
  )
  // By its clock the time of the application is over.
  const ending = await node(still.store, manualClock(start + 20 * minute), ends)
  await still.arrived

  const clock = manualClock(start + minute)
  const running = await node(other, clock, ends)
  const seen: unknown[] = []
  let goOn = (): void => {}
  const held = new Promise<void>(resolve => (goOn = resolve))
  let begin = (): void => {}
  const begun = new Promise<void>(resolve => (begin = resolve))
  const request = new Visitor().ask(running, async asked => {
    const application = await asked.application()
    begin()
    await held
    seen.push(application['x'])
    application['x'] = 2
  })
  // Nothing is heard of the lease's holder for so long.
  await clock.advance(20_000)
  await begun
  still.goOn()
  await clock.advance(1000)
  expect(ends).toEqual([])
  goOn()
  await request
  expect(seen).toEqual([1])
  await new Visitor().ask(running, async asked => {
    expect((await asked.application())['x']).toBe(2)
  })
  expect(ends).toEqual([])
  expect(await ending.scopesOf('application').open(ending.definitions.application, '_')).toMatchObject({
    isStored: true,
  })
})

test('a start by somebody who stood still replaces no application that another has started meanwhile (A2)', async () => {
  const stores = lentStores(memoryStore(), 2)
  const [slow, other] = stores as [DocumentStore, DocumentStore]
  const starts: string[] = []
  let goOn = (): void => {}
  const held = new Promise<void>(resolve => (goOn = resolve))
  let begin = (): void => {}
  const begun = new Promise<void>(resolve => (begin = resolve))
  const open = async (name: string, store: DocumentStore, clock: ManualClock, isSlow: boolean): Promise<Shop> => {
    const shop: Shop = await openApplication<Record<string, unknown>, Record<string, unknown>, Record<string, unknown>>(
      {
        name: 'shop',
        store,
        clock,
        reaper: false,
        async onApplicationStart({ application }) {
          starts.push(name)
          application['startedBy'] = name
          if (isSlow) {
            begin()
            await held
          }
        },
      },
    )
    onTestFinished(() => shop.close())
    return shop
  }
  const startedBy = async (shop: Shop): Promise<unknown> => {
    let by: unknown
    await new Visitor().ask(shop, async request => {
      by = (await request.application())['startedBy']
    })
    return by
  }
  const slowClock = manualClock()
  const slowShop = await open('slow', slow, slowClock, true)
  const late = startedBy(slowShop)
  await begun
  const clock = manualClock()
  const shop = await open('quick', other, clock, false)
  const quick = startedBy(shop)
  await clock.advance(20_000)
  expect(await quick).toBe('quick')
  goOn()
  await slowClock.advance(100)
  expect(await late).toBe('quick')
  expect(starts).toEqual(['slow', 'quick'])
})
