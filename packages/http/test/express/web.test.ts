import { type ScopeDefinition, defineScope } from '@scopes/core'
import compression from 'compression'
import express, { type NextFunction, type Request, type Response, Router } from 'express'
import { describe, expect, test } from 'vitest'
import { expressScopes } from '../../src/express.ts'
import { definitions } from '../behaviour/shop-scopes.ts'
import { send } from '../behaviour/http-client.ts'
import { Visitor } from '../behaviour/visitor.ts'
import { listen } from '../listen.ts'
import { openShop } from '../open-shop.ts'

describe('the middleware', () => {
  test('used twice, or also in a sub-router, is a no-op the second time: one load, one commit, one cookie', async () => {
    const { scopes, store } = await openShop()
    const web = expressScopes(scopes, definitions)
    const app = express()
    app.use(web, async (request, _response, next) => {
      ;(await web.session(request)).draft.cart.push('between')
      next()
    })
    app.use(
      '/twice',
      Router()
        .use(web)
        .get('/hit', web.with('session'), (request, response) => {
          web.of(request).session.draft.hits++
          response.json(web.of(request).session.value)
        }),
    )
    const visitor = new Visitor(await listen(app))
    expect((await visitor.get('/twice/hit')).setCookies).toHaveLength(1)
    store.resetCounts()
    expect(JSON.parse((await visitor.get('/twice/hit')).body)).toMatchObject({ hits: 2, cart: ['between', 'between'] })
    expect(store).toMatchObject({ loads: 1, writes: 1 })
  })

  test('two of them with names and paths of their own do not meet, also when the inner or the outer commit fails', async () => {
    const { scopes, store } = await openShop()
    const admin = expressScopes(scopes, definitions, { cookies: { session: { name: 'a.sid', path: '/admin' } } })
    const account = expressScopes(scopes, definitions, { cookies: { session: { name: 'b.sid' } } })
    const app = express()
    app.use(account)
    app.use('/admin', admin)
    app.get('/admin/both', async (request, response) => {
      const [inner, outer] = [await admin.session(request), await account.session(request)]
      inner.draft.user = 'admin'
      outer.draft.user = 'customer'
      const { query } = request
      if (query['fail'] === 'admin') inner.draft.user = Symbol('x') as never
      if (query['fail'] === 'account') outer.draft.user = Symbol('x') as never
      response.json('stored')
    })
    app.use((error: { status: number }, _request: Request, response: Response, _next: NextFunction) => {
      response.status(error.status).json('error')
    })
    const port = await listen(app)
    const reply = await send(port, '/admin/both')
    expect(reply.setCookies.toSorted()).toEqual([
      expect.stringMatching(/^a\.sid=[^;]+; Path=\/admin;/),
      expect.stringMatching(/^b\.sid=[^;]+; Path=\/;/),
    ])
    // The one used later is asked first. Its error page is a 422, with which the other one commits as with any 4xx.
    const first = await send(port, '/admin/both?fail=admin')
    expect(first).toMatchObject({ status: 422, body: '"error"', setCookies: [expect.stringMatching(/^b\.sid=/)] })
    // What the later one has stored is announced with the error of the earlier one.
    store.resetCounts()
    const second = await send(port, '/admin/both?fail=account')
    expect(second).toMatchObject({ status: 422, body: '"error"', setCookies: [expect.stringMatching(/^a\.sid=/)] })
    expect(store.writes).toBe(1)
  })

  test('works where (req, res, next) is called without express', async () => {
    const { scopes, store } = await openShop()
    const web = expressScopes(scopes, definitions)
    const port = await listen((request, response) => {
      web(request, response, error => {
        if (error === undefined) return
        response.statusCode = 503
        response.end('error')
      })
      void web.session(request).then(session => {
        session.draft.hits++
        response.end(`${session.value.hits}`)
      })
    })
    expect(await send(port, '/')).toMatchObject({ status: 200, body: '1', setCookies: [expect.any(String)] })
    store.failsWrites = true
    expect(await send(port, '/')).toMatchObject({ status: 503, body: 'error', setCookies: [] })
  })

  test('scopes may be called like properties of a function', async () => {
    const { scopes } = await openShop()
    const of = (kind: string): ScopeDefinition<{ n: number }> => defineScope({ kind, initial: () => ({ n: 0 }) })
    const web = expressScopes(scopes, { name: of('name'), length: of('length'), call: of('call') })
    const app = express()
    app.use(web)
    app.get('/', async (request, response) => {
      for (const open of [web.name, web.length, web.call]) (await open(request)).draft.n++
      response.json('done')
    })
    const reply = await send(await listen(app), '/')
    expect(reply.setCookies.map(line => line.split('=')[0])).toEqual(['name', 'length', 'call'])
  })

  test('a scope called "of" is refused', async () => {
    const { scopes } = await openShop()
    const refused = expect.objectContaining({ code: 'invalid-argument' })
    // @ts-expect-error it is reserved, in the type as well
    expect(() => expressScopes(scopes, { of: definitions.session })).toThrow(refused)
  })

  test('a scope that is asked for before the middleware ran is not loaded, and the message says what to do', async () => {
    const { scopes } = await openShop()
    const web = expressScopes(scopes, definitions)
    const request = {} as Request
    await expect(web.session(request)).rejects.toMatchObject({ code: 'not-loaded', message: /app\.use\(web\)/ })
    expect(() => web.of(request)).toThrow(expect.objectContaining({ code: 'not-loaded' }))
  })

  test('that runs after the head has gone lets nobody change what could not be announced', async () => {
    const { scopes, store } = await openShop()
    const web = expressScopes(scopes, definitions)
    const app = express()
    app.use((_request, response, next) => {
      response.write('begun ')
      next()
    })
    app.use(web)
    app.get('/', async (request, response) => {
      const session = await web.session(request)
      const code = await session.update(draft => void draft.hits++).catch((error: { code: string }) => error.code)
      expect(() => session.draft).toThrow(expect.objectContaining({ code: 'headers-sent' }))
      response.end(code)
    })
    expect((await send(await listen(app), '/')).body).toBe('begun headers-sent')
    expect(store.writes).toBe(0)
  })

  test('web.with alone is enough for its route', async () => {
    const { scopes } = await openShop()
    const web = expressScopes(scopes, definitions)
    const app = express()
    app.get('/hit', web.with('session'), (request, response) => {
      web.of(request).session.draft.hits++
      response.json('done')
    })
    expect((await send(await listen(app), '/hit')).setCookies).toHaveLength(1)
  })
})

test('server-sent events: commit by hand, then stream what others change, also behind a compressor', async () => {
  const { scopes } = await openShop()
  const web = expressScopes(scopes, definitions)
  const app = express()
  app.use(compression())
  app.use(web)
  app.get('/hit', async (request, response) => {
    const session = await web.session(request)
    await session.update(draft => void draft.hits++)
    response.json(session.value.hits)
  })
  app.get('/live', async (request, response) => {
    const session = await web.session(request)
    session.draft.user = 'watcher'
    await session.commit()
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-transform' })
    const hits = session.scope.select(state => state.hits)
    const subscription = hits.subscribe(count => {
      response.write(`data: ${count}\n\n`)
      if (count === 3) response.end()
    })
    response.on('close', () => subscription.unsubscribe())
  })
  const visitor = new Visitor(await listen(app))
  await visitor.get('/hit')
  const live = visitor.get('/live', { headers: { 'accept-encoding': 'gzip' } })
  await visitor.get('/hit')
  await visitor.get('/hit')
  const { body, headers } = await live
  expect(headers['content-encoding']).toBeUndefined()
  expect(body).toMatch(/data: 3\n\n$/)
})

test('what a handler puts into a draft is copied: its own object stays its own', async () => {
  const { scopes } = await openShop()
  const web = expressScopes(scopes, definitions)
  const app = express()
  app.use(web, express.json())
  app.post('/cart', async (request, response) => {
    const session = await web.session(request)
    const body = request.body as { counters: Record<string, number> }
    session.draft.counters = body.counters
    await session.commit()
    body.counters['n'] = 2
    response.json(session.value.counters)
  })
  app.get('/read', async (request, response) => void response.json((await web.session(request)).value.counters))
  const visitor = new Visitor(await listen(app))
  const headers = { 'content-type': 'application/json' }
  const reply = await visitor.post('/cart', { headers, body: '{"counters":{"n":1}}' })
  expect(reply).toMatchObject({ status: 200, body: '{"n":1}' })
  expect((await visitor.get('/read')).body).toBe('{"n":1}')
})
