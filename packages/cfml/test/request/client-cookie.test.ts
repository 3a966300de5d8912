import { createServer } from 'node:http'
import { ScopeTooLargeError, memoryStore } from '@scopes/core'
import { observedStore } from '@scopes/testing'
import { type ApplicationSettings, openApplication } from '@scopes/cfml'
import { expressApplication } from '@scopes/cfml/express'
import { expect, onTestFinished, test } from 'vitest'
import { Visitor } from '../visitor.ts'

/** An application that keeps clients in cookies. `calls`: what it asked of its store. */
async function openShop(settings: Partial<ApplicationSettings> = {}) {
  const calls: string[] = []
  const store = observedStore(memoryStore(), { onCall: ({ method, key }) => void calls.push(`${method} ${key ?? ''}`) })
  const shop = await openApplication({
    name: 'shop',
    store,
    clientManagement: true,
    clientStorage: 'cookie',
    clientCookie: { keys: ['the secret of the clients'] },
    reaper: false,
    ...settings,
  })
  onTestFinished(() => shop.close())
  calls.length = 0
  return { shop, calls }
}

test('a client in a cookie has variables and built-ins as any other, and the store has nothing of it', async () => {
  const { shop, calls } = await openShop()
  const visitor = new Visitor()
  let first = ''
  await visitor.ask(shop, async request => {
    const client = await request.client()
    client['theme'] = 'dark'
    client['seen'] = ['tea']
    expect(client.hitcount).toBe(1)
    first = client.cfid
  })
  expect(visitor.valueOf('cfclient')).toMatch(/^[A-Za-z0-9_-]+$/u)
  await visitor.ask(shop, async request => {
    const client = await request.client()
    expect(client).toMatchObject({ theme: 'dark', seen: ['tea'], hitcount: 2, cfid: first })
    expect(await request.getClientVariablesList()).toBe('theme,seen')
    expect(await request.deleteClientVariable('theme')).toBe(true)
    expect(await request.deleteClientVariable('theme')).toBe(false)
  })
  await visitor.ask(shop, async request => expect(Object.keys(await request.client())).not.toContain('theme'))
  expect(calls).toEqual([])
})

test('it begins as its shape says, and is kept when it is another', async () => {
  const { shop } = await openShop({ client: { initial: () => ({ theme: 'light' }) } })
  const visitor = new Visitor()
  const { setCookies } = await visitor.ask(shop, async request => {
    expect(await request.client()).toMatchObject({ theme: 'light' })
  })
  expect(setCookies).toEqual([])
  await visitor.ask(shop, async request => void ((await request.client())['theme'] = 'dark'))
  await visitor.ask(shop, async request => expect(await request.client()).toMatchObject({ theme: 'dark' }))
})

test('who keeps nothing gets no cookie; whose client became empty loses it', async () => {
  const { shop } = await openShop()
  const visitor = new Visitor()
  expect((await visitor.ask(shop, request => request.client())).setCookies).toEqual([])
  await visitor.ask(shop, async request => void ((await request.client())['a'] = 1))
  await visitor.ask(shop, async request => void delete (await request.client())['a'])
  expect(visitor.valueOf('cfclient')).toBeUndefined()
})

test('with disableGlobalClientUpdates a request that only reads sends no cookie', async () => {
  const { shop } = await openShop({ disableGlobalClientUpdates: true })
  const visitor = new Visitor()
  await visitor.ask(shop, async request => void ((await request.client())['a'] = 1))
  expect((await visitor.ask(shop, request => request.client())).setCookies).toEqual([])
})

test('a client that is too large fails the answer, and nothing else of it is stored', async () => {
  const { shop } = await openShop()
  const visitor = new Visitor()
  await visitor.ask(shop, async request => {
    ;(await request.client())['a'] = 1
    ;(await request.session())['b'] = 1
  })
  const large = visitor.ask(shop, async request => {
    ;(await request.session())['b'] = 2
    ;(await request.client())['a'] = 'x'.repeat(4000)
  })
  await expect(large).rejects.toThrow(ScopeTooLargeError)
  await visitor.ask(shop, async request => {
    expect(await request.client()).toMatchObject({ a: 1 })
    expect(await request.session()).toMatchObject({ b: 1 })
  })
})

test('an answer that cannot store the session does not tell of the client either', async () => {
  const { shop } = await openShop()
  const visitor = new Visitor()
  await visitor.ask(shop, async request => {
    ;(await request.client())['a'] = 1
    ;(await request.session())['b'] = 1
  })
  const failed = visitor.ask(shop, async request => {
    ;(await request.client())['a'] = 2
    ;(await request.session())['b'] = () => 'a function'
  })
  await expect(failed).rejects.toMatchObject({ code: 'invalid-state' })
  await visitor.ask(shop, async request => expect(await request.client()).toMatchObject({ a: 1 }))
})

test('a status that stores nothing keeps nothing in the cookie', async () => {
  const { shop } = await openShop()
  const visitor = new Visitor()
  const { setCookies } = await visitor.ask(shop, async request => void ((await request.client())['a'] = 1), 503)
  expect(setCookies).toEqual([])
})

test('rotate and invalidate keep the variables of the client under another id', async () => {
  const { shop } = await openShop()
  const visitor = new Visitor()
  const ids: string[] = []
  await visitor.ask(shop, async request => {
    ;(await request.client())['a'] = 1
    ;(await request.session())['b'] = 1
  })
  for (const change of ['sessionRotate', 'sessionInvalidate'] as const) {
    await visitor.ask(shop, async request => {
      ids.push((await request.client()).cfid)
      await request[change]()
      ids.push((await request.client()).cfid)
    })
    await visitor.ask(shop, async request => {
      const client = await request.client()
      expect(client['a']).toBe(1)
      ids.push(client.cfid)
    })
  }
  expect(ids[1]).not.toBe(ids[0])
  expect(ids).toEqual([ids[0], ids[1], ids[1], ids[1], ids[4], ids[4]])
  expect(ids[4]).not.toBe(ids[1])
})

test('a request that has only the client in its cookie is answered with it, by a server too', async () => {
  const { shop } = await openShop()
  const web = expressApplication(shop)
  let late: unknown
  const server = createServer((request, response) => {
    web(request, response, () => {
      void (async () => {
        const client = await web.client(request)
        client['seen'] = request.url
        response.end('done')
        try {
          client['late'] = true
        } catch (error) {
          late = error
        }
      })()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const response = await fetch(`http://127.0.0.1:${port}/cart`)
  expect(await response.text()).toBe('done')
  expect(response.headers.getSetCookie()).toHaveLength(1)
  expect(response.headers.getSetCookie()[0]).toContain('cfclient=')
  expect(late).toMatchObject({ code: 'headers-sent' })
})

test('a head that is written past the framework brings it too, or is refused with the drafts that cannot wait', async () => {
  const { shop } = await openShop()
  const meta = { isSecure: () => false }
  const alone = shop.begin(undefined, meta)
  ;(await alone.client())['a'] = 1
  expect(alone.isDirty).toBe(true)
  alone.beforeRawHead(200)
  expect(alone.setCookies()).toHaveLength(1)
  expect(alone.isDirty).toBe(false)
  await alone.close()
  const both = shop.begin(undefined, meta)
  ;(await both.client())['a'] = 1
  ;(await both.session())['b'] = 1
  expect(() => both.beforeRawHead(200)).toThrow(expect.objectContaining({ code: 'uncommitted' }))
  expect(both.setCookies()).toEqual([])
  await both.close()
})

test('the scope of the gate is none: there is nothing to watch or to lock', async () => {
  const { shop } = await openShop()
  const visitor = new Visitor()
  await visitor.ask(shop, async request => {
    await expect(request.requestScope('client')).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(request.lock({ scope: 'client' }, () => 1)).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

test.each<[string, Partial<ApplicationSettings>]>([
  ['without keys', { clientCookie: {} }],
  ['with keys that are too short', { clientCookie: { keys: ['short'] } }],
  ['without cookies', { setClientCookies: false }],
  ['with what only a store heeds', { client: { initial: () => ({}), limits: { bytes: 1000 } } }],
])('%s it cannot be', async (_, settings) => {
  await expect(openShop(settings)).rejects.toMatchObject({ code: 'invalid-argument' })
})
