import { Hono } from 'hono'
import { Hono as Hono40 } from 'hono-4.0'
import { expect, test } from 'vitest'
import { honoScopes } from '../src/hono.ts'
import { definitions } from './behaviour/shop-scopes.ts'
import { listen } from './listen.ts'
import { openShop } from './open-shop.ts'

test.each([
  ['4', Hono],
  ['4.0', Hono40 as unknown as typeof Hono],
])(
  'Hono %s: a Response of fetch, whose head is immutable, brings the cookie and its own, and its body still streams',
  async (_, Framework) => {
    const { scopes, store } = await openShop()
    let sendRest: () => void = () => {}
    const port = await listen((_request, response) => {
      response.writeHead(203, { 'content-type': 'text/plain', 'set-cookie': 'theirs=1', 'cache-control': 'public' })
      response.write('first ')
      sendRest = () => response.end('rest')
    })
    const web = honoScopes(scopes, definitions)
    const app = new Framework()
    app.use(web)
    app.get('/', async c => {
      const session = await web.session(c)
      session.draft.hits++
      return fetch(`http://127.0.0.1:${port}/`)
    })
    const response = await app.request('/')
    expect(store.writes).toBe(1)
    expect(response.status).toBe(203)
    expect(response.headers.getSetCookie()).toEqual(['theirs=1', expect.stringMatching(/^session=/)])
    expect(response.headers.get('cache-control')).toBe('private')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect(await reader?.read()).toEqual({ done: false, value: 'first ' })
    sendRest()
    expect(await reader?.read()).toEqual({ done: false, value: 'rest' })
    expect(await reader?.read()).toEqual({ done: true, value: undefined })
  },
)
