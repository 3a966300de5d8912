import { memoryStore } from '@scopes/core'
import { type ApplicationSettings, openApplication } from '@scopes/cfml'
import { manualClock } from '@scopes/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Visitor } from '../visitor.ts'

async function openShop(settings: Partial<ApplicationSettings> = {}) {
  const shop = await openApplication({ name: 'shop', store: memoryStore(), reaper: false, ...settings })
  onTestFinished(() => shop.close())
  return shop
}

describe('locks of a request', () => {
  test('of a session are its own, of the application and the server everybody’s, of a request nobody else’s', async () => {
    const shop = await openShop()
    const [ann, ben] = [new Visitor(), new Visitor()]
    await ann.ask(shop, async request => void ((await request.session())['name'] = 'ann'))
    const free: Record<string, boolean> = {}
    const inner = async (scope: 'session' | 'application' | 'server' | 'request', visitor: Visitor) =>
      visitor.ask(shop, async other => {
        const options = { scope, timeout: 0.001, throwOnTimeout: false } as const
        free[`${scope} of ${visitor === ann ? 'ann' : 'ben'}`] = (await other.lock(options, () => 1)).succeeded
      })
    for (const scope of ['session', 'application', 'server', 'request'] as const) {
      let letGo = (): void => undefined
      const released = new Promise<void>(resolve => (letGo = resolve))
      await new Promise<void>((resolve, reject) => {
        const holding = ann.ask(shop, request =>
          request.lock({ scope }, async () => {
            resolve()
            await released
          }),
        )
        holding.catch(reject)
      })
      await inner(scope, ann)
      await inner(scope, ben)
      letGo()
    }
    expect(free).toEqual({
      'session of ann': false,
      'session of ben': true,
      'application of ann': false,
      'application of ben': false,
      'server of ann': false,
      'server of ben': false,
      'request of ann': true,
      'request of ben': true,
    })
  })

  test('without a time-out wait for what is left of the request', async () => {
    const clock = manualClock()
    const shop = await openShop({ store: memoryStore({ clock }), clock, requestTimeout: '10s' })
    const visitor = new Visitor()
    let letGo = (): void => undefined
    let isHeld = false
    const holding = visitor.ask(shop, request =>
      request.lock({ name: 'x' }, () => {
        isHeld = true
        return new Promise<void>(resolve => (letGo = resolve))
      }),
    )
    while (!isHeld) await clock.advance(1)
    let result: unknown
    const late = visitor.ask(shop, async request => {
      await clock.sleep(4000)
      result = await request.lock({ name: 'x', throwOnTimeout: false }, () => 1)
    })
    await clock.advance(9999)
    expect(result).toBeUndefined()
    await clock.advance(1)
    await late
    expect(result).toMatchObject({ succeeded: false, errortext: expect.stringContaining('6000 ms') as string })
    letGo()
    await holding
  })
})

describe('tokens of forms', () => {
  test('are the same in parallel requests, stored without a change of the session, and none of its variables', async () => {
    const shop = await openShop()
    const visitor = new Visitor()
    await visitor.ask(shop, async request => void ((await request.session())['name'] = 'ann'))
    const tokens: string[] = []
    const draw = (): Promise<unknown> =>
      visitor.ask(shop, async request => void tokens.push(await request.csrfGenerateToken({ key: 'order' })))
    await Promise.all([draw(), draw(), draw()])
    expect(new Set(tokens).size).toBe(1)
    await visitor.ask(shop, async request => {
      expect(Object.keys(await request.session())).not.toContain('csrf_token')
      expect(await request.csrfVerifyToken(tokens[0] ?? '', { key: 'order' })).toBe(true)
      expect(await request.csrfVerifyToken(tokens[0] ?? '')).toBe(false)
    })
  })

  test('of a visitor without a session begin one; verifying begins none', async () => {
    const shop = await openShop()
    const visitor = new Visitor()
    const { setCookies } = await visitor.ask(shop, async request => {
      expect(await request.csrfVerifyToken('f'.repeat(40))).toBe(false)
    })
    expect(setCookies).toEqual([])
    let token = ''
    await visitor.ask(shop, async request => {
      ;(await request.session())['open'] = 'draft'
      token = await request.csrfGenerateToken()
      expect(await request.csrfVerifyToken(token)).toBe(true)
    })
    await visitor.ask(shop, async request => {
      expect(await request.csrfVerifyToken(token)).toBe(true)
      expect(await request.session()).toMatchObject({ open: 'draft' })
      await request.sessionRotate()
      expect(await request.csrfVerifyToken(token)).toBe(true)
    })
    await visitor.ask(shop, async request => {
      expect(await request.csrfVerifyToken(token)).toBe(true)
      await request.sessionInvalidate()
      expect(await request.csrfVerifyToken(token)).toBe(false)
    })
  })
})

describe('structClear', () => {
  test('empties a session for this request and the next, built-ins are back in that; the id stays', async () => {
    const shop = await openShop()
    const visitor = new Visitor()
    await visitor.ask(shop, async request => void ((await request.session())['name'] = 'ann'))
    const id = visitor.valueOf('cfid')
    await visitor.ask(shop, async request => {
      const session = await request.session()
      shop.structs.structClear(session)
      expect(Object.keys(session)).toEqual([])
    })
    await visitor.ask(shop, async request => {
      const session = await request.session()
      expect(session.cfid).toBe(id)
      expect(Object.keys(session)).not.toContain('name')
    })
  })

  test('leaves the server what it says of itself; under compat ColdFusion names too', async () => {
    for (const compat of [undefined, 'coldfusion'] as const) {
      const shop = await openShop({ ...(compat && { compat }) })
      const visitor = new Visitor()
      await visitor.ask(shop, async request => {
        const server = await request.server()
        server['rates'] = { euro: 1 }
        shop.structs.structClear(server)
        expect(server.os.name).not.toBe('')
        expect(shop.structs.structKeyExists(server, 'rates')).toBe(compat === 'coldfusion')
      })
      await visitor.ask(shop, async request => {
        const server = await request.server()
        expect(server).toMatchObject({ os: expect.anything() as unknown, ...(compat && { rates: '' }) })
      })
    }
  })

  test('of an object deletes its keys; of a value that is only read it is refused', async () => {
    const shop = await openShop()
    const object = { a: 1, b: 2 }
    expect(shop.structs.structClear(object)).toBe(true)
    expect(object).toEqual({})
    expect(() => shop.structs.structClear(Object.freeze({ a: 1 }))).toThrow('the draft of the scope')
  })
})

describe('a client as ColdFusion has it', () => {
  test('refuses complex values by name, and keeps simple ones', async () => {
    const shop = await openShop({ compat: 'coldfusion', clientManagement: true })
    const visitor = new Visitor()
    await visitor.ask(shop, async request => {
      const client = await request.client()
      for (const complex of [{}, [], new Map(), new Set(), new Uint8Array(1)]) {
        expect(() => (client['cart'] = complex)).toThrow(
          expect.objectContaining({ code: 'invalid-state', path: ['cart'] }),
        )
      }
      Object.assign(client, { text: 'a', number: 1, isTrue: true, at: new Date(7) })
    })
    await visitor.ask(shop, async request => {
      expect(await request.client()).toMatchObject({ text: 'a', number: 1, isTrue: true, at: new Date(7) })
    })
  })

  test('is empty after structClear for this request, and what it had is back unless it was written', async () => {
    const shop = await openShop({ compat: 'coldfusion', clientManagement: true })
    const visitor = new Visitor()
    await visitor.ask(shop, async request => void Object.assign(await request.client(), { a: 1, b: 1, c: 1 }))
    await visitor.ask(shop, async request => {
      const client = await request.client()
      shop.structs.structClear(client)
      expect(Object.keys(client)).toEqual([])
      expect('A' in client).toBe(false)
      client['B'] = 2
      delete client['c']
      expect(client['b']).toBe(2)
      expect(shop.structs.structKeyArray(client)).toEqual(['b'])
      expect(await request.getClientVariablesList()).toBe('b')
    })
    await visitor.ask(shop, async request => expect(await request.client()).toMatchObject({ a: 1, b: 2, c: 1 }))
  })
})
