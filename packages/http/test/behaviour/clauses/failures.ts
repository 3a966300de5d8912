import { Readable } from 'node:stream'
import { expect } from 'vitest'
import { type Answer, RefusedError, type Route, type RunningApp } from '../adapter-driver.ts'
import type { Clause } from '../clause.ts'
import { expectErrorBody } from '../error-page.ts'
import { type Reply, send } from '../http-client.ts'
import { Visitor } from '../visitor.ts'

const hit: Route = {
  method: 'GET',
  path: '/hit',
  handle: async exchange => {
    const session = await exchange.session()
    session.draft.hits++
    return { type: 'json', body: session.value }
  },
}

const leftovers = ['location', 'etag', 'cache-control', 'content-disposition', 'content-language']

/** The store fails: nothing of the answer may leave, and the application's own error handler decides what does. */
export const failures: readonly Clause[] = [
  failedCommit('6 a failed commit of a JSON answer', () => ({
    type: 'json',
    body: 'stored!',
    headers: { 'Cache-Control': 'public', 'Content-Disposition': 'inline', 'Content-Language': 'en', ETag: '"1"' },
  })),
  failedCommit('7 a failed commit of a redirect', () => ({ type: 'redirect', location: '/stored' })),
  {
    name: '8 a failed commit of a stream: 503, no byte of the body, the source is destroyed',
    run: async ({ start, store }) => {
      const closed: string[] = []
      const source = Readable.from(['stored!', 'stored!'])
      const isClosed = new Promise<void>(resolve => source.on('close', resolve))
      source.on('close', () => closed.push('source'))
      const app = await start([
        hit,
        {
          method: 'GET',
          path: '/stream',
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            return { type: 'stream', source, headers: { 'Content-Type': 'text/plain', 'Cache-Control': 'public' } }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      store.failsWrites = true
      expectErrorAnswer(app, await visitor.get('/stream'))
      expect(app.errors).toHaveLength(1)
      await isClosed
      expect(source.destroyed).toBe(true)
    },
  },
  {
    name: '6–8 what did happen is announced: a rotated id goes out with the error, and only that',
    run: async ({ start, store }) => {
      const app = await start([
        hit,
        {
          method: 'POST',
          path: '/login',
          handle: async exchange => {
            const session = await exchange.session()
            await session.rotate()
            store.failsWrites = true
            session.draft.user = 'ann'
            return { type: 'redirect', location: '/me' }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const old = visitor.cookie
      const reply = await visitor.post('/login')
      expect(reply).toMatchObject({ status: app.errorStatus(503), setCookies: [expect.any(String)] })
      expect(reply.headers.location).toBeUndefined()
      expect(visitor.cookie).not.toBe(old)
      store.failsWrites = false
      expect(JSON.parse((await visitor.get('/hit')).body)).toMatchObject({ hits: 2, user: null })
    },
  },
  {
    name: 'a new visitor whose first commit fails gets no cookie',
    run: async ({ start, store }) => {
      const app = await start([hit])
      store.failsWrites = true
      expectErrorAnswer(app, await send(app, '/hit'))
      expect(app.errors).toHaveLength(1)
    },
  },
  {
    name: 'a value that cannot be stored is a 422, and nothing of the request is stored',
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            ;(await exchange.client()).draft.visits++
            const session = await exchange.session()
            session.draft.user = Symbol('user') as unknown as string
            return { type: 'json', body: 'stored!' }
          },
        },
      ])
      expect(await send(app, '/hit')).toMatchObject({ status: app.errorStatus(422), setCookies: [] })
      expect(app.errors).toEqual([expect.objectContaining({ code: 'invalid-state', path: ['user'] })])
      expect(store.writes).toBe(0)
    },
  },
  {
    name: 'a state that is not as its schema says is a 422, and it is not stored',
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            const client = await exchange.client()
            client.draft.visits = -1
            return { type: 'json', body: 'stored!' }
          },
        },
      ])
      expect(await send(app, '/hit')).toMatchObject({ status: app.errorStatus(422), setCookies: [] })
      const issues = [{ message: 'is below 0', path: ['visits'] }]
      expect(app.errors).toEqual([expect.objectContaining({ code: 'invalid-state', path: ['visits'], issues })])
      expect(store.writes).toBe(0)
    },
  },
  {
    name: 'a failed commit() or update() in the handler is an ordinary rejection with its status; commit() may be tried again',
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          path: '/retry',
          handle: async exchange => {
            const session = await exchange.session()
            session.draft.hits++
            store.failsWrites = true
            const status = await session.commit().catch((error: { status: number }) => error.status)
            store.failsWrites = false
            await session.commit()
            return { type: 'json', body: [status, session.value.hits] }
          },
        },
        {
          ...hit,
          path: '/fail',
          handle: async exchange => {
            const session = await exchange.session()
            store.failsWrites = true
            await session.update(draft => void draft.hits++)
            return { type: 'json', body: 'stored!' }
          },
        },
      ])
      expect(await send(app, '/retry')).toMatchObject({ body: '[503,1]', setCookies: [expect.any(String)] })
      expectErrorAnswer(app, await send(app, '/fail'))
    },
  },
  {
    name: 'what a handler was told is not stored is not tried again by the error page that says so: the page leaves, and nothing is stored',
    run: async ({ start, store }) => {
      const app = await start([
        hit,
        {
          ...hit,
          path: '/ended',
          handle: async exchange => {
            const session = await exchange.session()
            session.draft.hits++
            await session.scope.end('elsewhere')
            await session.commit()
            return { type: 'json', body: 'stored!' }
          },
        },
        {
          ...hit,
          path: '/unstorable',
          handle: async exchange => {
            const session = await exchange.session()
            session.draft.user = Symbol('user') as unknown as string
            return { type: 'json', body: session.value }
          },
        },
        {
          ...hit,
          path: '/given-up',
          handle: async exchange => {
            const session = await exchange.session()
            session.draft.hits = 100
            store.failsWrites = true
            await expect(session.commit()).rejects.toMatchObject({ code: 'store-unavailable' })
            store.failsWrites = false
            throw new RefusedError(409)
          },
        },
      ])
      const visitor = new Visitor(app)
      for (const [path, status, code] of [
        ['/unstorable', app.errorStatus(422), 'invalid-state'],
        ['/given-up', 409, 'refused'],
        ['/ended', app.errorStatus(409), 'ended'],
      ] as const) {
        await visitor.get('/hit')
        const before = app.errors.length
        const reply = await visitor.get(path)
        expect(reply.status).toBe(status)
        expectErrorBody(app, reply, code)
        expect(app.errors.slice(before)).toHaveLength(1)
      }
      expect(JSON.parse((await visitor.get('/hit')).body)).toMatchObject({ hits: 1 })
    },
  },
  {
    name: 'what could not be stored and was mended before an error page is stored with it',
    run: async ({ start }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            const session = await exchange.session()
            session.draft.hits++
            session.draft.user = Symbol('user') as unknown as string
            expect(() => session.value).toThrow(expect.objectContaining({ code: 'invalid-state' }))
            session.draft.user = 'ann'
            return { type: 'json', status: 404, body: session.value }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      expect(JSON.parse((await visitor.get('/hit')).body)).toMatchObject({ hits: 2, user: 'ann' })
    },
  },
  {
    name: '31 a failed load is a 5xx, never an empty session',
    run: async ({ start, store }) => {
      const app = await start([hit, { ...hit, path: '/loaded', load: ['session'] }])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const before = visitor.cookie
      store.failsLoads = true
      expectErrorAnswer(app, await visitor.get('/hit'))
      expectErrorAnswer(app, await visitor.get('/loaded'))
      store.failsLoads = false
      expect(visitor.cookie).toBe(before)
      expect(JSON.parse((await visitor.get('/hit')).body)).toMatchObject({ hits: 2 })
    },
  },
  {
    name: 'a load that failed may be tried again in the same request',
    run: async ({ start, store }) => {
      const app = await start([
        hit,
        {
          ...hit,
          path: '/again',
          handle: async exchange => {
            store.failsLoads = true
            const code = await exchange.session().then(
              () => undefined,
              (error: { code: string }) => error.code,
            )
            store.failsLoads = false
            return { type: 'json', body: [code, (await exchange.session()).value.hits] }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      expect((await visitor.get('/again')).body).toBe('["store-unavailable",1]')
    },
  },
]

function failedCommit(name: string, answer: () => Answer): Clause {
  return {
    name: `${name}: 503, the error handler is called once, nothing of the answer is left`,
    run: async ({ start, store }) => {
      const app = await start([
        hit,
        {
          method: 'GET',
          path: '/change',
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            return answer()
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      store.failsWrites = true
      expectErrorAnswer(app, await visitor.get('/change'))
      expect(app.errors).toEqual([expect.objectContaining({ code: 'store-unavailable' })])
      store.failsWrites = false
      expect(JSON.parse((await visitor.get('/hit')).body)).toMatchObject({ hits: 2 })
    },
  }
}

function expectErrorAnswer(app: RunningApp, reply: Reply): void {
  expect(reply).toMatchObject({ status: app.errorStatus(503), setCookies: [] })
  expectErrorBody(app, reply, 'store-unavailable')
  expect(leftovers.filter(name => name !== 'etag' && name in reply.headers)).toEqual([])
  // A framework may tag its error page; the tag of the answer must be gone.
  expect(reply.headers.etag).not.toBe('"1"')
}
