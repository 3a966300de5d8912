import type { LifetimeOptions } from '@scopes/core'
import { expect } from 'vitest'
import type { Route } from '../adapter-driver.ts'
import type { Clause } from '../clause.ts'
import { Session } from '../shop-scopes.ts'
import { Visitor } from '../visitor.ts'

const day = 86_400_000
/** 30 days in seconds; a deadline is a whole second, rounded up. */
const lastingCookie: unknown = expect.stringMatching(/^session=[^;]+; Max-Age=259200[01];/)

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

function login(lifetime: LifetimeOptions, path = '/login'): Route {
  return {
    method: 'POST',
    path,
    handle: async exchange => {
      const session = await exchange.session()
      await session.rotate()
      session.draft.user = exchange.query.get('user')
      session.setLifetime(lifetime)
      return { type: 'redirect', location: '/me' }
    },
  }
}

const remember = login({ idle: '30d', absolute: '400d' })

/** Scopes with a lifetime of their own: "remember me". */
export const lifetimes: readonly Clause[] = [
  {
    name: 'remember me: the lifetime is stored with the draft in one write, and the cookie lives as long as the session',
    run: async ({ start, store, scopes }) => {
      const app = await start([remember, me])
      const visitor = new Visitor(app)
      const reply = await visitor.post('/login?user=ann')
      expect(reply.setCookies).toEqual([lastingCookie])
      expect(store.writes).toBe(1)
      const session = await scopes.open(Session, visitor.valueOf('session') ?? '')
      expect(session.lifetime).toMatchObject({ idleMs: 30 * day, isOwn: true })
    },
  },
  {
    name: 'remember me: a visitor who comes back after a week is known, and his cookie is sent again with each renewal',
    run: async ({ start, store, time }) => {
      const app = await start([hit, remember, me])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      await visitor.post('/login?user=ann')
      time.advance(7 * day)
      const renewed = store.written()
      const reply = await visitor.get('/me')
      expect(JSON.parse(reply.body)).toMatchObject({ user: 'ann', hits: 1 })
      expect(reply.setCookies).toEqual([lastingCookie])
      await renewed
      expect((await visitor.get('/me')).setCookies).toEqual([])
    },
  },
  {
    name: 'remember me: a later rotation keeps the lifetime, and the cookie of the new id has it',
    run: async ({ start, time }) => {
      const rotate: Route = {
        method: 'POST',
        path: '/rotate',
        handle: async exchange => {
          await (await exchange.session()).rotate()
          return { type: 'redirect', location: '/me' }
        },
      }
      const app = await start([remember, rotate, me])
      const visitor = new Visitor(app)
      await visitor.post('/login?user=ann')
      const reply = await visitor.post('/rotate')
      expect(reply.setCookies).toEqual([lastingCookie])
      time.advance(20 * day)
      expect(JSON.parse((await visitor.get('/me')).body)).toMatchObject({ user: 'ann' })
    },
  },
  {
    name: 'remember me taken back: the session and its cookie are as those of everybody else',
    run: async ({ start, time }) => {
      const app = await start([remember, login({}, '/forget'), me])
      const visitor = new Visitor(app)
      await visitor.post('/login?user=ann')
      const reply = await visitor.post('/forget?user=ann')
      expect(reply.setCookies).toEqual([expect.stringMatching(/^session=[^;]+; Path=/)])
      time.advance(3_600_000)
      expect(JSON.parse((await visitor.get('/me')).body)).toMatchObject({ user: null })
    },
  },
  {
    name: 'remember me of a session that has no other change sets the cookie again, and 5xx abandons it with the draft',
    run: async ({ start, store }) => {
      const only: Route = {
        method: 'POST',
        path: '/only',
        handle: async exchange => {
          ;(await exchange.session()).setLifetime({ idle: '30d', absolute: '400d' })
          return { type: 'json', body: 'kept', status: Number(exchange.query.get('status')) }
        },
      }
      const app = await start([hit, only])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      store.resetCounts()
      expect((await visitor.post('/only?status=500')).setCookies).toEqual([])
      expect(store.writes).toBe(0)
      const reply = await visitor.post('/only?status=200')
      expect(reply.setCookies).toEqual([lastingCookie])
      expect(store.writes).toBe(1)
    },
  },
  {
    name: 'rotate with a list of what goes along: the rest begins anew under the new id',
    run: async ({ start }) => {
      const rotate: Route = {
        method: 'POST',
        path: '/rotate',
        handle: async exchange => {
          const session = await exchange.session()
          await session.rotate({ keep: ['cart'] })
          return { type: 'json', body: session.value }
        },
      }
      const fill: Route = {
        method: 'GET',
        path: '/fill',
        handle: async exchange => {
          const session = await exchange.session()
          session.draft.cart.push('A')
          session.draft.user = 'ann'
          return { type: 'json', body: 'filled' }
        },
      }
      const app = await start([fill, rotate, me])
      const visitor = new Visitor(app)
      await visitor.get('/fill')
      const expected = { hits: 0, user: null, cart: ['A'], counters: {} }
      expect(JSON.parse((await visitor.post('/rotate')).body)).toEqual(expected)
      expect(JSON.parse((await visitor.get('/me')).body)).toEqual(expected)
    },
  },
]
