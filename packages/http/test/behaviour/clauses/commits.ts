import { expect } from 'vitest'
import { RefusedError, type Route } from '../adapter-driver.ts'
import type { Clause } from '../clause.ts'
import { expectErrorBody } from '../error-page.ts'
import { send } from '../http-client.ts'
import { Visitor } from '../visitor.ts'

const untouched: Route = { method: 'GET', path: '/untouched', handle: () => ({ type: 'json', body: 'hello' }) }

const read: Route = {
  method: 'GET',
  path: '/read',
  handle: async ({ session }) => ({ type: 'json', body: (await session()).value }),
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

/** When something is stored, how often, and what it costs. */
export const commits: readonly Clause[] = [
  {
    name: '1 a request that touches no scope costs no load, no commit and no cookie',
    run: async ({ start, store }) => {
      const app = await start([untouched, hit])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      store.resetCounts()
      const reply = await visitor.get('/untouched')
      expect(reply).toMatchObject({ status: 200, body: '"hello"', setCookies: [] })
      expect(store).toMatchObject({ loads: 0, writes: 0 })
    },
  },
  {
    name: '2 a new visitor who only reads costs no load, no commit and no cookie',
    run: async ({ start, store }) => {
      const app = await start([read])
      const reply = await send(app, '/read')
      expect(JSON.parse(reply.body)).toEqual({ hits: 0, user: null, cart: [], counters: {} })
      expect(reply.setCookies).toEqual([])
      expect(store).toMatchObject({ loads: 0, writes: 0 })
    },
  },
  {
    name: '3 the first change is one commit and one cookie, Secure behind https; the answer shows the change',
    run: async ({ start, store }) => {
      const app = await start([hit])
      const reply = await send(app, '/hit')
      expect(JSON.parse(reply.body)).toMatchObject({ hits: 1 })
      expect(reply.setCookies).toEqual([
        expect.stringMatching(/^session=[\w-]{22,}; Path=\/; HttpOnly; (?:Secure; )?SameSite=Lax$/),
      ])
      expect(reply.setCookies[0]?.includes('; Secure')).toBe(app.isTls)
      expect(store).toMatchObject({ loads: 0, writes: 1 })
    },
  },
  {
    name: '4 a later change is one load, one commit and no cookie',
    run: async ({ start, store }) => {
      const app = await start([hit])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      store.resetCounts()
      const reply = await visitor.get('/hit')
      expect(JSON.parse(reply.body)).toMatchObject({ hits: 2 })
      expect(reply.setCookies).toEqual([])
      expect(store).toMatchObject({ loads: 1, writes: 1 })
    },
  },
  {
    name: 'a read of a known session is one load and no commit, however often it is opened',
    run: async ({ start, store }) => {
      const readTwice: Route = {
        ...read,
        path: '/twice',
        handle: async ({ session }) => {
          const [first, second] = await Promise.all([session(), session()])
          return { type: 'json', body: first === second && (await session()) === first }
        },
      }
      const app = await start([hit, readTwice])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      store.resetCounts()
      expect((await visitor.get('/twice')).body).toBe('true')
      expect(store).toMatchObject({ loads: 1, writes: 0 })
    },
  },
  {
    name: '11 a handler that throws stores nothing and sends no cookie',
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            throw new Error('broken')
          },
        },
      ])
      const reply = await send(app, '/hit')
      expect(reply).toMatchObject({ status: 500, setCookies: [] })
      expect(store.writes).toBe(0)
      expect(app.errors).toHaveLength(1)
    },
  },
  {
    name: '12 an answered 403 commits and sends the cookie',
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            return { type: 'json', status: 403, body: 'no' }
          },
        },
        read,
      ])
      const visitor = new Visitor(app)
      expect(await visitor.get('/hit')).toMatchObject({ status: 403, body: '"no"', setCookies: [expect.any(String)] })
      expect(store.writes).toBe(1)
      expect(JSON.parse((await visitor.get('/read')).body)).toMatchObject({ hits: 1 })
    },
  },
  {
    name: '13 a thrown 403 commits and sends the cookie',
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            throw new RefusedError(403)
          },
        },
      ])
      const reply = await send(app, '/hit')
      expect(reply).toMatchObject({ status: 403, setCookies: [expect.any(String)] })
      expectErrorBody(app, reply, 'refused')
      expect(store.writes).toBe(1)
      expect(app.errors).toHaveLength(1)
    },
  },
  {
    name: '14 update() and then a throw: the update stays, its cookie goes out with the 500, the draft does not',
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            const session = await exchange.session()
            await session.update(draft => {
              draft.hits++
            })
            session.draft.user = 'nobody'
            throw new Error('broken')
          },
        },
        read,
      ])
      const visitor = new Visitor(app)
      expect(await visitor.get('/hit')).toMatchObject({ status: 500, setCookies: [expect.any(String)] })
      expect(store.writes).toBe(1)
      expect(JSON.parse((await visitor.get('/read')).body)).toMatchObject({ hits: 1, user: null })
    },
  },
  {
    name: '15 update() costs no second commit',
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            const session = await exchange.session()
            await session.update(draft => {
              draft.hits++
            })
            return { type: 'json', body: session.value.hits }
          },
        },
      ])
      const visitor = new Visitor(app)
      expect(await visitor.get('/hit')).toMatchObject({ body: '1', setCookies: [expect.any(String)] })
      store.resetCounts()
      expect(await visitor.get('/hit')).toMatchObject({ body: '2', setCookies: [] })
      expect(store).toMatchObject({ loads: 1, writes: 1 })
    },
  },
  {
    name: 'update() beside a dirty draft: the answer shows both, and both are stored',
    run: async ({ start }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            const session = await exchange.session()
            session.draft.user = 'ann'
            await session.update(draft => {
              draft.hits++
            })
            return { type: 'json', body: session.value }
          },
        },
        read,
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      expect(JSON.parse((await visitor.get('/hit')).body)).toMatchObject({ hits: 2, user: 'ann' })
      expect(JSON.parse((await visitor.get('/read')).body)).toMatchObject({ hits: 2, user: 'ann' })
    },
  },
  {
    name: '16 HEAD commits like GET and has no body',
    run: async ({ start, store }) => {
      const app = await start([hit])
      const reply = await send(app, '/hit', { method: 'HEAD' })
      expect(reply).toMatchObject({ status: 200, body: '', setCookies: [expect.any(String)] })
      expect(store.writes).toBe(1)
    },
  },
  {
    name: '17 OPTIONS costs no load, no commit and no cookie',
    run: async ({ start, store }) => {
      const app = await start([hit])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      store.resetCounts()
      expect((await visitor.get('/hit', { method: 'OPTIONS' })).setCookies).toEqual([])
      expect(store).toMatchObject({ loads: 0, writes: 0 })
    },
  },
  {
    name: '18 answers 304 and 204 commit and send the cookie',
    run: async ({ start, store }) => {
      const app = await start(
        [304, 204].map(status => ({
          method: 'GET',
          path: `/${status}`,
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            return { type: 'empty', status }
          },
        })),
      )
      for (const status of [304, 204]) {
        store.resetCounts()
        expect(await send(app, `/${status}`)).toMatchObject({ status, body: '', setCookies: [expect.any(String)] })
        expect(store.writes).toBe(1)
      }
    },
  },
  {
    name: 'a draft that is asked for and not changed, or changed back to the same, costs no commit and no cookie',
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            const session = await exchange.session()
            session.draft.hits = 0
            return { type: 'json', body: session.draft.cart.length }
          },
        },
      ])
      expect(await send(app, '/hit')).toMatchObject({ status: 200, body: '0', setCookies: [] })
      expect(store.writes).toBe(0)
    },
  },
  {
    name: 'commitWhen decides which statuses store the drafts',
    run: async ({ start, store }) => {
      const routes: Route[] = [200, 403].map(status => ({
        method: 'GET',
        path: `/${status}`,
        handle: async exchange => {
          ;(await exchange.session()).draft.hits++
          return { type: 'json', status, body: status }
        },
      }))
      const app = await start(routes, { commitWhen: status => status < 400 })
      expect(await send(app, '/403')).toMatchObject({ status: 403, setCookies: [] })
      expect(store.writes).toBe(0)
      expect(await send(app, '/200')).toMatchObject({ status: 200, setCookies: [expect.any(String)] })
      expect(store.writes).toBe(1)
    },
  },
]
