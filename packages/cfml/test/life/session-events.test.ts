import { type DocumentStore, memoryStore } from '@scopes/core'
import { type ManualClock, manualClock } from '@scopes/testing'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Application, type ApplicationSettings, openApplication } from '../../src/index.ts'
import { lentStores } from '../../src/settings/lent-store.ts'
import { Visitor } from '../visitor.ts'

const minute = 60_000

interface Basket {
  user?: string
  cart?: string[]
}

interface Totals {
  sessions?: number
  left?: string[]
}

type Shop = Application<Basket, Record<string, unknown>, Totals>
type Settings = Partial<ApplicationSettings<Basket, Record<string, unknown>, Totals>>

let clock: ManualClock
let nodes: DocumentStore[]

beforeEach(() => {
  clock = manualClock()
  nodes = [...lentStores(memoryStore({ clock }), 2)]
})

async function node(settings: Settings = {}): Promise<Shop> {
  const store = nodes.pop()
  if (store === undefined) throw new Error('There are two nodes.')
  const application = await openApplication<Basket, Record<string, unknown>, Totals>({
    name: 'shop',
    store,
    clock,
    sessionTimeout: 10 * minute,
    reaper: false,
    ...settings,
  })
  onTestFinished(() => application.close())
  return application
}

describe('onSessionStart', () => {
  test('runs before the code that uses the session, on an empty one, once', async () => {
    const starts: unknown[] = []
    const shop = await node({
      async onSessionStart({ session, application }) {
        starts.push([session.user, session.sessionid, application.applicationname])
        session.cart = []
      },
    })
    const visitor = new Visitor()
    for (let visit = 0; visit < 3; visit++) {
      await visitor.ask(shop, async request => {
        const session = await request.session()
        session.cart?.push(`visit ${visit}`)
      })
    }
    expect(starts).toEqual([[undefined, `shop_${visitor.valueOf('cfid')}_0`, 'shop']])
    await visitor.ask(shop, async request => {
      expect((await request.session()).cart).toEqual(['visit 0', 'visit 1', 'visit 2'])
    })
  })

  test('does not run where no code asks for the session', async () => {
    let starts = 0
    const shop = await node({ onSessionStart: () => void starts++ })
    const { setCookies } = await new Visitor().ask(shop, () => undefined)
    expect([starts, setCookies]).toEqual([0, []])
  })

  test('that throws leaves no session, and runs again at the next request', async () => {
    let tries = 0
    const shop = await node({
      onSessionStart({ session }) {
        session.user = 'half'
        if (++tries === 1) throw new Error('not yet')
      },
    })
    const visitor = new Visitor()
    await expect(visitor.ask(shop, request => request.session())).rejects.toThrow('not yet')
    expect(visitor.cookie).toBeUndefined()
    await visitor.ask(shop, request => request.session())
    expect([tries, visitor.valueOf('cfid')]).toEqual([2, expect.any(String)])
  })

  test('of two first requests at once with one id runs once, on two nodes', async () => {
    const starts: string[] = []
    let goOn = (): void => {}
    const held = new Promise<void>(resolve => (goOn = resolve))
    const settings: Settings = {
      rotateUnknownIds: false,
      async onSessionStart({ session }) {
        starts.push(session.cfid)
        await held
        session.cart = ['welcome']
      },
    }
    const shops = [await node(settings), await node(settings)]
    const id = crypto.randomUUID()
    const seen = shops.map(async shop => {
      const visitor = new Visitor()
      visitor.keep('cfid', id)
      let cart: unknown
      await visitor.ask(shop, async request => {
        cart = [...((await request.session()).cart ?? [])]
      })
      return cart
    })
    await clock.advance(1000)
    expect(starts).toEqual([id])
    goOn()
    await clock.advance(1000)
    expect(await Promise.all(seen)).toEqual([['welcome'], ['welcome']])
    expect(starts).toEqual([id])
  })
})

describe('onSessionEnd', () => {
  test('is told the final data by invalidate, before that returns, and has the application at hand', async () => {
    const ends: unknown[] = []
    const shop = await node({
      onSessionEnd({ session, application, cfid, reason, detail }) {
        ends.push([session.user, cfid, session.cfid, reason, detail])
        application.left = [...(application.left ?? []), session.user ?? '']
      },
    })
    const visitor = new Visitor()
    await visitor.ask(shop, async request => {
      ;(await request.session()).user = 'ann'
    })
    const id = visitor.valueOf('cfid')
    await visitor.ask(shop, async request => {
      await request.sessionInvalidate()
      expect(ends).toEqual([['ann', id, id, 'ended', 'invalidated']])
      expect((await request.application()).left).toEqual(['ann'])
    })
  })

  test('is told after the time-out, though no request is running', async () => {
    const ends: unknown[] = []
    const shop = await node({
      reaper: true,
      sessionTimeout: 5000,
      onSessionEnd: ({ session, reason }) => void ends.push([session.cart, reason]),
    })
    await new Visitor().ask(shop, async request => {
      ;(await request.session()).cart = ['tea']
    })
    await clock.advance(10_000)
    expect(ends).toEqual([[['tea'], 'expired']])
  })

  test('that throws is told again', async () => {
    const attempts: string[] = []
    const shop = await node({
      onSessionEnd({ deliveryId }) {
        attempts.push(deliveryId)
        if (attempts.length === 1) throw new Error('not now')
      },
    })
    const visitor = new Visitor()
    await visitor.ask(shop, async request => {
      ;(await request.session()).user = 'ann'
    })
    await visitor.ask(shop, request => request.sessionInvalidate())
    await clock.advance(5000)
    expect(attempts).toHaveLength(2)
    expect(new Set(attempts).size).toBe(1)
  })

  test.each([
    [undefined, 0],
    ['lucee', 1],
  ] as const)('with compat %s a rotation is told %i times', async (compat, times) => {
    const ends: string[] = []
    const shop = await node({ ...(compat && { compat }), onSessionEnd: ({ reason }) => void ends.push(reason) })
    const visitor = new Visitor()
    await visitor.ask(shop, async request => {
      ;(await request.session()).user = 'ann'
    })
    await visitor.ask(shop, request => request.sessionRotate())
    expect(ends).toEqual(Array.from({ length: times }, () => 'rotated'))
  })

  test('does not prolong the life of the application', async () => {
    const events: string[] = []
    const shop = await node({
      reaper: true,
      sessionTimeout: 5000,
      applicationTimeout: 20_000,
      onSessionEnd: () => void events.push('session'),
      onApplicationEnd: () => void events.push('application'),
    })
    await new Visitor().ask(shop, async request => {
      await request.application()
      ;(await request.session()).user = 'ann'
    })
    const { scopes, deadline } = { scopes: shop.scopesOf('application'), deadline: clock.now() + 20_000 }
    await clock.advance(10_000)
    expect(events).toEqual(['session'])
    const { value } = await scopes.open(shop.definitions.application, '_')
    expect(value['$cfml'].deadline).toBe(deadline)
    await clock.advance(30_000)
    expect(events).toEqual(['session', 'application'])
  })

  test.each([
    [undefined, ['session', 'start']],
    ['coldfusion', ['start']],
  ] as const)('with compat %s, of a session that outlived its application: %j', async (compat, expected) => {
    const events: string[] = []
    const shop = await node({
      ...(compat && { compat }),
      sessionTimeout: 60 * minute,
      applicationTimeout: 20_000,
      onApplicationStart: () => void events.push('start'),
      onSessionEnd: () => void events.push('session'),
    })
    const visitor = new Visitor()
    await visitor.ask(shop, async request => {
      ;(await request.session()).user = 'ann'
    })
    await clock.advance(60_000)
    events.length = 0
    const scopes = shop.scopesOf('session')
    const session = await scopes.open(shop.definitions.session, visitor.valueOf('cfid') ?? '')
    expect(session.isStored).toBe(true)
    await session.end()
    await clock.advance(1000)
    if (compat === 'coldfusion') await visitor.ask(shop, () => undefined)
    expect([...events].sort()).toEqual(expected)
  })
})
