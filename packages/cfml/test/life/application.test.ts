import { type DocumentStore, memoryStore } from '@scopes/core'
import { type ManualClock, manualClock } from '@scopes/testing'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Application, type ApplicationSettings, openApplication } from '../../src/index.ts'
import { lentStores } from '../../src/settings/lent-store.ts'
import { Visitor } from '../visitor.ts'

const minute = 60_000

interface Board {
  notes?: string[]
}

let clock: ManualClock
let nodes: DocumentStore[]

beforeEach(() => {
  clock = manualClock()
  nodes = [...lentStores(memoryStore({ clock }), 3)]
})

type Shop = Application<Record<string, unknown>, Record<string, unknown>, Board>

/** One process of the application. */
async function node(settings: Partial<ApplicationSettings<object, object, Board>> = {}): Promise<Shop> {
  const store = nodes.pop()
  if (store === undefined) throw new Error('There are three nodes.')
  const application = await openApplication<Record<string, unknown>, Record<string, unknown>, Board>({
    name: 'shop',
    store,
    clock,
    applicationTimeout: minute,
    reaper: false,
    ...(settings as object),
  })
  onTestFinished(() => application.close())
  return application
}

const notes = (shop: Shop): Promise<readonly string[]> =>
  asked(shop, async request => [...((await request.application()).notes ?? [])])

/** What the handler returns, in a request of a new visitor. */
async function asked<T>(
  shop: Shop,
  handler: (request: ReturnType<Shop['begin']>) => Promise<T>,
  visitor: Visitor = new Visitor(),
): Promise<T> {
  let result: { readonly value: T } | undefined
  await visitor.ask(shop, async request => {
    result = { value: await handler(request) }
  })
  if (result === undefined) throw new Error('The handler has not run.')
  return result.value
}

test('what one visitor sets another sees, on every node', async () => {
  const [a, b] = [await node(), await node()]
  await asked(a, async request => {
    ;(await request.application()).notes = ['from a']
  })
  expect(await notes(b)).toEqual(['from a'])
})

test('it has its name, and nothing else before somebody sets it', async () => {
  const shop = await node()
  expect(await asked(shop, async request => Object.entries(await request.application()))).toEqual([
    ['applicationname', 'shop'],
  ])
})

describe('onApplicationStart', () => {
  test('runs once for all requests of all processes, which wait for it', async () => {
    const starts: string[] = []
    let goOn = (): void => {}
    const held = new Promise<void>(resolve => (goOn = resolve))
    const onApplicationStart = async ({ application }: { readonly application: Board }): Promise<void> => {
      starts.push('start')
      await held
      application.notes = ['started']
    }
    const shops = [await node({ onApplicationStart }), await node({ onApplicationStart })]
    const seen = Promise.all([0, 1, 0, 1].map(index => notes(shops[index] as Shop)))
    await clock.advance(1000)
    expect(starts).toEqual(['start'])
    goOn()
    await clock.advance(1000)
    expect(await seen).toEqual([['started'], ['started'], ['started'], ['started']])
    expect(starts).toEqual(['start'])
  })

  test('that throws fails the request, stores nothing, and is tried again by the next', async () => {
    let tries = 0
    const shop = await node({
      onApplicationStart({ application }) {
        application.notes = ['half']
        if (++tries === 1) throw new Error('no database')
        return undefined
      },
    })
    await expect(asked(shop, async () => undefined)).rejects.toThrow('no database')
    expect(await notes(shop)).toEqual(['half'])
    expect(tries).toBe(2)
  })

  test('that returns false fails the request, and is tried again by the next', async () => {
    const answers = [false, true]
    const shop = await node({ onApplicationStart: () => answers.shift() })
    await expect(asked(shop, async () => undefined)).rejects.toMatchObject({ code: 'not-loaded' })
    await asked(shop, async () => undefined)
    expect(answers).toEqual([])
  })

  test('can set server variables', async () => {
    const shop = await node({
      onApplicationStart({ server }) {
        ;(server as Record<string, unknown>)['motd'] = 'hello'
      },
    })
    expect(await asked(shop, async request => (await request.server())['motd'])).toBe('hello')
  })
})

test('whoever asks for the scope as the gate has it starts the application too', async () => {
  const shop = await node({ onApplicationStart: ({ application }) => void (application.notes = ['started']) })
  await asked(shop, async request => {
    const scope = await request.requestScope('application')
    await scope.update(draft => void (draft['notes'] as string[]).push('updated'))
  })
  expect(await notes(shop)).toEqual(['started', 'updated'])
})

describe('an application that nobody uses', () => {
  test('ends after its time-out, is told of it, and starts anew at the next request', async () => {
    const told: unknown[] = []
    const shop = await node({
      onApplicationStart({ application }) {
        application.notes = [`started`]
      },
      onApplicationEnd: ({ application, reason }) => void told.push([application, reason]),
    })
    await asked(shop, async request => {
      ;(await request.application()).notes?.push('used')
    })
    await clock.advance(1.2 * minute)
    expect(told).toEqual([[{ notes: ['started', 'used'] }, 'expired']])
    expect(await notes(shop)).toEqual(['started'])
  })

  test('lives on while requests come', async () => {
    const shop = await node({ onApplicationStart: ({ application }) => void (application.notes = ['first']) })
    for (let visit = 0; visit < 5; visit++) {
      await asked(shop, async request => {
        ;(await request.application()).notes?.push('again')
      })
      await clock.advance(0.9 * minute)
    }
    expect(await notes(shop)).toHaveLength(6)
  })

  test('does not end while a request of it runs, however long that takes, on another node', async () => {
    const told: string[] = []
    const onApplicationEnd = (): void => void told.push('end')
    const [a, b] = [await node({ onApplicationEnd }), await node({ onApplicationEnd })]
    let goOn = (): void => {}
    const held = new Promise<void>(resolve => (goOn = resolve))
    const running = asked(a, async request => {
      const application = await request.application()
      application.notes = ['working']
      await held
      application.notes.push('done')
    })
    await notes(b)
    await clock.advance(4 * minute)
    expect(told).toEqual([])
    goOn()
    await running
    expect(await notes(b)).toEqual(['working', 'done'])
    await clock.advance(1.5 * minute)
    expect(told).toEqual(['end'])
  })

  test('is not ended under code whose client has gone, until that has answered or the time of its request is over', async () => {
    const told: string[] = []
    const shop = await node({ requestTimeout: 3 * minute, onApplicationEnd: () => void told.push('end') })
    const request = shop.begin(undefined, { isSecure: () => false })
    await request.begin()
    request.abandon()
    await clock.advance(2.9 * minute)
    expect(told).toEqual([])
    await clock.advance(1.5 * minute)
    expect(told).toEqual(['end'])
  })

  test('is not kept by code that goes on after its answer and asks for it again', async () => {
    const told: string[] = []
    const shop = await node({ onApplicationEnd: () => void told.push('end') })
    const goesOn = await asked(shop, async request => async () => (await request.application()).applicationname)
    expect(await goesOn()).toBe('shop')
    await clock.advance(1.5 * minute)
    expect(told).toEqual(['end'])
  })

  test('is ended by a process that finds it so, after all were down', async () => {
    const told: string[] = []
    const onApplicationEnd = (): void => void told.push('end')
    const first = await node({ onApplicationEnd })
    await notes(first)
    await first.close()
    await clock.advance(4 * minute)
    await node({ onApplicationEnd })
    await clock.advance(minute)
    expect(told).toEqual(['end'])
  })
})

describe('applicationStop', () => {
  test('waits for the requests that run, also elsewhere; those that come meanwhile get a new start', async () => {
    const events: string[] = []
    const settings = {
      onApplicationStart: (): void => void events.push('start'),
      onApplicationEnd: (): void => void events.push('end'),
    }
    const [a, b] = [await node(settings), await node(settings)]
    let goOn = (): void => {}
    const held = new Promise<void>(resolve => (goOn = resolve))
    const running = asked(a, async () => {
      await held
      events.push('done')
    })
    await clock.advance(10)
    const stopping = asked(b, request => request.applicationStop())
    await clock.advance(1000)
    const late = asked(a, async () => void events.push('late'))
    await clock.advance(1000)
    expect(events).toEqual(['start'])
    goOn()
    await clock.advance(30_000)
    await Promise.all([running, stopping, late])
    expect(events.slice(0, 2)).toEqual(['start', 'done'])
    expect(events.slice(2).sort()).toEqual(['end', 'late', 'start'])
    expect(events.indexOf('late')).toBeGreaterThan(events.lastIndexOf('start'))
  })

  test('stores what the request has changed before, and lets it begin anew', async () => {
    const told: unknown[] = []
    const shop = await node({ onApplicationEnd: ({ application }) => void told.push(application.notes) })
    await asked(shop, async request => {
      ;(await request.application()).notes = ['last']
      await request.applicationStop()
      expect(told).toEqual([['last']])
      const application = await request.application()
      expect(application.notes).toBeUndefined()
      application.notes = ['first']
    })
    expect(await notes(shop)).toEqual(['first'])
  })

  test('of what nobody has started does nothing', async () => {
    const shop = await node()
    await asked(shop, request => request.applicationStop())
  })
})

test('a process that closes leaves the application to the others', async () => {
  const events: string[] = []
  const settings = { onApplicationEnd: (): void => void events.push('end') }
  const [a, b] = [await node(settings), await node(settings)]
  await asked(a, async request => {
    ;(await request.application()).notes = ['kept']
  })
  await a.close()
  expect(await notes(b)).toEqual(['kept'])
  expect(events).toEqual([])
})
