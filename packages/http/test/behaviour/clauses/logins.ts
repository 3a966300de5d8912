import { expect } from 'vitest'
import type { Route, RunningApp } from '../adapter-driver.ts'
import { Barrier } from '../barrier.ts'
import type { Clause } from '../clause.ts'
import { send } from '../http-client.ts'
import { Session } from '../shop-scopes.ts'
import { Visitor } from '../visitor.ts'

const login: Route = {
  method: 'POST',
  path: '/login',
  handle: async exchange => {
    const session = await exchange.session()
    await session.rotate()
    session.draft.user = exchange.query.get('user')
    return { type: 'redirect', location: '/me' }
  },
}

const hit: Route = {
  method: 'GET',
  path: '/hit',
  handle: async exchange => {
    const session = await exchange.session()
    session.draft.hits++
    return { type: 'json', body: session.value }
  },
}

const me: Route = {
  method: 'GET',
  path: '/me',
  handle: async ({ session }) => ({ type: 'json', body: (await session()).value }),
}

const logout: Route = {
  method: 'POST',
  path: '/logout',
  handle: async exchange => {
    const session = await exchange.session()
    session.draft.hits = 99
    await session.end('logout')
    return { type: 'redirect', location: '/' }
  },
}

function clearing(app: RunningApp): string {
  const secure = app.isTls ? '; Secure' : ''
  return `session=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly${secure}; SameSite=Lax`
}

/** What becomes of a visitor's id. */
export const logins: readonly Clause[] = [
  {
    name: '5 after a login with 303 the new id sees its write at once on another connection, and the old id is dead',
    run: async ({ start, store }) => {
      const app = await start([hit, login, me])
      for (const user of ['ann', 'ben', 'cem', 'dan', 'eve']) {
        const visitor = new Visitor(app)
        await visitor.get('/hit')
        const old = visitor.cookie
        const reply = await visitor.post(`/login?user=${user}`)
        expect(reply).toMatchObject({ status: 303, headers: { location: '/me' }, setCookies: [expect.any(String)] })
        expect(visitor.cookie).not.toBe(old)
        expect(JSON.parse((await visitor.get('/me')).body)).toMatchObject({ user, hits: 1 })
        store.resetCounts()
        const stale = await send(app, '/me', { cookie: old })
        expect(JSON.parse(stale.body)).toMatchObject({ user: null, hits: 0 })
        expect(stale.setCookies).toEqual([])
        expect(store.writes).toBe(0)
      }
    },
  },
  {
    name: 'a draft that was changed before rotate() moves to the new id',
    run: async ({ start }) => {
      const app = await start([
        hit,
        me,
        {
          ...login,
          handle: async exchange => {
            const session = await exchange.session()
            session.draft.user = 'ann'
            await session.rotate()
            return { type: 'json', body: session.value }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      expect(JSON.parse((await visitor.post('/login')).body)).toMatchObject({ user: 'ann', hits: 1 })
      expect(JSON.parse((await visitor.get('/me')).body)).toMatchObject({ user: 'ann', hits: 1 })
    },
  },
  {
    name: 'rotate() of a new visitor costs nothing but the one commit',
    run: async ({ start, store }) => {
      const app = await start([login, me])
      const visitor = new Visitor(app)
      expect((await visitor.post('/login?user=ann')).setCookies).toHaveLength(1)
      expect(store).toMatchObject({ loads: 0, writes: 1 })
      expect(JSON.parse((await visitor.get('/me')).body)).toMatchObject({ user: 'ann' })
    },
  },
  {
    name: 'a write under an id that was rotated a moment ago is refused with reason rotated; no cookie, no new session',
    run: async ({ start, store }) => {
      const app = await start([hit, login])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const old = visitor.cookie
      await visitor.post('/login?user=ann')
      store.resetCounts()
      const reply = await send(app, '/hit', { cookie: old })
      expect(reply).toMatchObject({ status: app.errorStatus(409), setCookies: [] })
      expect(app.errors).toEqual([expect.objectContaining({ code: 'ended', reason: 'rotated' })])
      expect(store.writes).toBe(0)
    },
  },
  {
    name: 'update(), rotate() and end() under an id that was rotated a moment ago change nothing',
    run: async ({ start, store }) => {
      const attempts: Route = {
        method: 'POST',
        path: '/attempts',
        handle: async exchange => {
          const session = await exchange.session()
          const outcomes: unknown[] = []
          const note = (error: { code: unknown; reason: unknown }): unknown => outcomes.push([error.code, error.reason])
          await session.update(draft => void draft.hits++).catch(note)
          await session.rotate().catch(note)
          await session.end('logout').then(() => outcomes.push('resolved'))
          return { type: 'json', body: { outcomes, isNew: session.isNew } }
        },
      }
      const app = await start([hit, login, attempts, me])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const old = visitor.cookie
      await visitor.post('/login?user=ann')
      store.resetCounts()
      const reply = await send(app, '/attempts', { method: 'POST', cookie: old })
      const refused = ['ended', 'rotated']
      expect(JSON.parse(reply.body)).toEqual({ outcomes: [refused, refused, 'resolved'], isNew: false })
      expect(reply.setCookies).toEqual([])
      expect(store.writes).toBe(0)
      expect(JSON.parse((await visitor.get('/me')).body)).toMatchObject({ user: 'ann' })
    },
  },
  {
    name: '19 logout clears the cookie once, with the same attributes, and drops the draft',
    run: async ({ start }) => {
      const app = await start([hit, logout, me])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const old = visitor.cookie
      expect((await visitor.post('/logout')).setCookies).toEqual([clearing(app)])
      expect(visitor.cookie).toBeUndefined()
      expect(JSON.parse((await send(app, '/me', { cookie: old })).body)).toMatchObject({ hits: 0 })
    },
  },
  {
    name: '20 logout without a session stores nothing and sends nothing',
    run: async ({ start, store }) => {
      const app = await start([logout])
      expect(await send(app, '/logout', { method: 'POST' })).toMatchObject({ status: 303, setCookies: [] })
      expect(store).toMatchObject({ loads: 0, writes: 0 })
    },
  },
  {
    name: '21 logout and a new session in one request: one cookie, the new id',
    run: async ({ start }) => {
      const app = await start([
        hit,
        me,
        {
          method: 'POST',
          path: '/relogin',
          handle: async exchange => {
            const first = await exchange.session()
            await first.end('logout')
            const second = await exchange.session()
            second.draft.user = 'ben'
            return { type: 'json', body: [first.id === second.id, second.isNew, second.value.hits] }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const old = visitor.cookie
      const reply = await visitor.post('/relogin')
      expect(reply.body).toBe('[false,true,0]')
      expect(reply.setCookies).toHaveLength(1)
      expect(visitor.cookie).not.toBe(old)
      expect(JSON.parse((await visitor.get('/me')).body)).toMatchObject({ user: 'ben', hits: 0 })
    },
  },
  {
    name: '22 two rotations in one request: one cookie, the last id',
    run: async ({ start }) => {
      const app = await start([
        hit,
        me,
        {
          ...login,
          handle: async exchange => {
            const session = await exchange.session()
            await session.rotate()
            await session.rotate()
            return { type: 'json', body: session.id }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const reply = await visitor.post('/login')
      expect(reply.setCookies).toHaveLength(1)
      expect(visitor.valueOf('session')).toBe(JSON.parse(reply.body))
      expect(JSON.parse((await visitor.get('/me')).body)).toMatchObject({ hits: 1 })
    },
  },
  {
    name: 'a rotation that nobody awaited is still announced',
    run: async ({ start }) => {
      const app = await start([
        hit,
        me,
        {
          ...login,
          handle: async exchange => {
            void (await exchange.session()).rotate()
            return { type: 'redirect', location: '/me' }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const old = visitor.cookie
      await visitor.post('/login')
      expect(visitor.cookie).not.toBe(old)
      expect(JSON.parse((await visitor.get('/me')).body)).toMatchObject({ hits: 1 })
    },
  },
  {
    name: '23 a logout beats a writer that is still running: 409, and the session does not come back',
    run: async ({ start }) => {
      const barrier = new Barrier()
      const app = await start([
        hit,
        me,
        logout,
        {
          ...hit,
          path: '/slow',
          handle: async exchange => {
            const session = await exchange.session()
            await barrier.pass()
            session.draft.hits++
            return { type: 'json', body: 'stored' }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const old = visitor.cookie
      const slow = send(app, '/slow', { cookie: old })
      await barrier.reached()
      await visitor.post('/logout')
      barrier.open()
      expect(await slow).toMatchObject({ status: app.errorStatus(409), setCookies: [] })
      expect(app.errors).toEqual([expect.objectContaining({ code: 'ended' })])
      expect(JSON.parse((await send(app, '/me', { cookie: old })).body)).toMatchObject({ hits: 0 })
    },
  },
  {
    name: '24 eight parallel requests on one session: eight answers, eight commits, nothing lost',
    run: async ({ start, scopes }) => {
      const app = await start([
        hit,
        me,
        {
          ...hit,
          path: '/count',
          handle: async exchange => {
            const session = await exchange.session()
            session.draft.counters[exchange.query.get('key') ?? ''] = 1
            return { type: 'json', body: 'counted' }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const { cookie } = visitor
      const replies = await Promise.all('abcdefgh'.split('').map(key => send(app, `/count?key=${key}`, { cookie })))
      expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
      const { counters } = JSON.parse((await visitor.get('/me')).body) as { counters: object }
      expect(counters).toEqual({ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1 })
      expect((await scopes.open(Session, visitor.valueOf('session') ?? '')).version).toBe(9)
    },
  },
]
