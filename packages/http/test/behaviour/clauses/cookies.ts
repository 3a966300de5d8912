import { expect } from 'vitest'
import type { Route } from '../adapter-driver.ts'
import type { Clause } from '../clause.ts'
import { send } from '../http-client.ts'
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

const read: Route = {
  method: 'GET',
  path: '/read',
  handle: async ({ session }) => ({ type: 'json', body: (await session()).value }),
}

const dead = [
  ['a malformed escape', '%E0%A4%A'],
  ['spaces', 'a b'],
  ['5,000 bytes', 'a'.repeat(5000)],
  ['a traversal', '../../etc/passwd'],
  ['a colon', 'server:_:_'],
  ['an unknown id', 'abcdefghijklmnopqrstuv'],
  ['nothing', ''],
  ['only quotes', '""'],
  ['JSON', 'j:{"__proto__":{"user":"root"}}'],
] as const

/** What comes in by cookies, and what goes out. */
export const cookies: readonly Clause[] = [
  {
    name: '27 of several cookies of our name the one that lives is taken, whatever their order; it is not sent again',
    run: async ({ start }) => {
      const app = await start([hit, read])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const live = visitor.cookie ?? ''
      const unknown = 'session=abcdefghijklmnopqrstuv'
      for (const cookie of [`${unknown}; ${live}`, `${live}; ${unknown}`, `session=%; session=; ${live}`]) {
        const reply = await send(app, '/read', { cookie })
        expect(JSON.parse(reply.body)).toMatchObject({ hits: 1 })
        expect(reply.setCookies).toEqual([])
      }
    },
  },
  {
    name: '27 at most three cookies of our name are looked up, and none of them twice',
    run: async ({ start, store }) => {
      const app = await start([read])
      const unknown = 'session=abcdefghijklmnopqrstuv'
      await send(app, '/read', { cookie: `${unknown}; ${unknown}; ${unknown}` })
      expect(store.loads).toBe(1)
      store.resetCounts()
      const cookie = Array.from({ length: 20 }, (_, index) => `session=${`${index}`.padStart(22, 'x')}`).join('; ')
      expect((await send(app, '/read', { cookie })).status).toBe(200)
      expect(store).toMatchObject({ loads: 3, writes: 0 })
    },
  },
  ...dead.map(([what, value]): Clause => ({
    name: `28 a cookie that is ${what} counts as none: no error, nothing stored by a read, a fresh id at the first change`,
    run: async ({ start, store }) => {
      const app = await start([hit, read])
      const cookie = `session=${value}`
      expect(await send(app, '/read', { cookie })).toMatchObject({ status: 200, setCookies: [] })
      expect(store.writes).toBe(0)
      const reply = await send(app, '/hit', { cookie })
      expect(JSON.parse(reply.body)).toMatchObject({ hits: 1, user: null })
      expect(reply.setCookies).toEqual([expect.stringMatching(/^session=[\w-]{22,};/)])
      expect(value === '' ? [] : reply.setCookies.filter(line => line.includes(value))).toEqual([])
    },
  })),
  {
    name: '29 two scopes are two cookies; that of the client has a Max-Age, which is sent again when its deadline is renewed',
    run: async ({ start, time }) => {
      const both: Route = {
        ...hit,
        path: '/both',
        handle: async exchange => {
          ;(await exchange.session()).draft.hits++
          ;(await exchange.client()).draft.visits++
          return { type: 'json', body: 'done' }
        },
      }
      const app = await start([both])
      const visitor = new Visitor(app)
      const days90 = 90 * 86_400
      const clientLine = expect.stringMatching(
        new RegExp(`^client=[\\w-]{22,}; Max-Age=(${days90}|${days90 + 1}); Path=/`),
      )
      const reply = await visitor.get('/both')
      expect(reply.setCookies).toEqual([expect.stringMatching(/^session=[^;]*; Path=/), clientLine])
      expect((await visitor.get('/both')).setCookies).toEqual([])
      time.advance(10 * 86_400_000)
      const later = await visitor.get('/both')
      expect(later.setCookies).toEqual([expect.stringMatching(/^session=[^;]*; Path=/), clientLine])
    },
  },
  {
    name: 'the id of an ended session is never used again',
    run: async ({ start, store }) => {
      const app = await start([
        hit,
        {
          method: 'POST',
          path: '/logout',
          handle: async exchange => {
            await (await exchange.session()).end('logout')
            return { type: 'empty', status: 204 }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const old = visitor.cookie ?? ''
      await visitor.post('/logout')
      store.resetCounts()
      const reply = await send(app, '/hit', { cookie: old })
      expect(JSON.parse(reply.body)).toMatchObject({ hits: 1 })
      expect(reply.setCookies).toEqual([expect.stringMatching(/^session=/)])
      expect(reply.setCookies[0]).not.toContain(old)
      expect(store).toMatchObject({ loads: 1, writes: 1 })
    },
  },
  {
    name: 'a minute after a rotation the old id is an unknown one: the first change begins a new session',
    run: async ({ start, time }) => {
      const app = await start([
        hit,
        {
          method: 'POST',
          path: '/login',
          handle: async exchange => {
            await (await exchange.session()).rotate()
            return { type: 'empty', status: 204 }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const old = visitor.cookie
      await visitor.post('/login')
      time.advance(59_000)
      expect((await send(app, '/hit', { cookie: old })).status).toBe(app.errorStatus(409))
      time.advance(2000)
      const reply = await send(app, '/hit', { cookie: old })
      expect(JSON.parse(reply.body)).toMatchObject({ hits: 1 })
      expect(reply.setCookies).toEqual([expect.stringMatching(/^session=/)])
    },
  },
  {
    name: 'an expired session is an unknown one',
    run: async ({ start, time }) => {
      const app = await start([hit])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const old = visitor.cookie
      time.advance(31 * 60_000)
      const reply = await visitor.get('/hit')
      expect(JSON.parse(reply.body)).toMatchObject({ hits: 1 })
      expect(visitor.cookie).not.toBe(old)
    },
  },
]
