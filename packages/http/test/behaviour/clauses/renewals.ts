import { expect } from 'vitest'
import type { Route } from '../adapter-driver.ts'
import type { Clause } from '../clause.ts'
import { Client } from '../shop-scopes.ts'
import { Visitor } from '../visitor.ts'

const visit: Route = {
  method: 'GET',
  path: '/visit',
  handle: async exchange => {
    const client = await exchange.client()
    client.draft.visits++
    return { type: 'json', body: client.value }
  },
}

const read: Route = {
  method: 'GET',
  path: '/read',
  handle: async ({ client }) => ({ type: 'json', body: (await client()).value }),
}

const dayMs = 86_400_000

/** Reading keeps a scope alive, and costs the visitor no time. */
export const renewals: readonly Clause[] = [
  {
    name: 'a request that only reads renews the deadline when it is due, sends the Max-Age again and does not wait for the store',
    run: async ({ start, store, scopes, time }) => {
      const app = await start([visit, read])
      const visitor = new Visitor(app)
      await visitor.get('/visit')
      const id = visitor.valueOf('client') ?? ''
      const { deadline } = await scopes.open(Client, id)
      time.advance(5 * dayMs)
      expect((await visitor.get('/read')).setCookies).toEqual([])
      time.advance(5 * dayMs)
      store.resetCounts()
      const writing = store.holdWrites()
      const written = store.written()
      const reply = await visitor.get('/read')
      expect(reply.setCookies).toEqual([expect.stringMatching(/^client=[\w-]+; Max-Age=7776000;/)])
      writing.open()
      await written
      expect(store.writes).toBe(1)
      const renewed = await scopes.open(Client, id)
      expect(renewed.version).toBe(1)
      expect(renewed.deadline).toBeGreaterThan((deadline ?? 0) + 9 * dayMs)
    },
  },
  {
    name: 'a commit renews in the same write and sends the Max-Age again',
    run: async ({ start, store, time }) => {
      const app = await start([visit])
      const visitor = new Visitor(app)
      await visitor.get('/visit')
      time.advance(10 * dayMs)
      store.resetCounts()
      expect((await visitor.get('/visit')).setCookies).toEqual([
        expect.stringMatching(/^client=[\w-]+; Max-Age=777600[01];/),
      ])
      expect(store).toMatchObject({ loads: 1, writes: 1 })
    },
  },
  {
    name: 'a cookie that ends with the browser is not sent again when the deadline is renewed',
    run: async ({ start, store, time }) => {
      const app = await start([
        {
          ...visit,
          path: '/hit',
          handle: async ({ session }) => {
            ;(await session()).draft.hits++
            return { type: 'json', body: 'done' }
          },
        },
        { ...read, handle: async ({ session }) => ({ type: 'json', body: (await session()).value.hits }) },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      time.advance(10 * 60_000)
      expect((await visitor.get('/hit')).setCookies).toEqual([])
      time.advance(10 * 60_000)
      store.resetCounts()
      const written = store.written()
      expect(await visitor.get('/read')).toMatchObject({ body: '2', setCookies: [] })
      await written
      expect(store).toMatchObject({ loads: 1, writes: 1 })
    },
  },
  {
    name: 'a renewal that fails does not fail the answer',
    run: async ({ start, store, time }) => {
      const app = await start([visit, read])
      const visitor = new Visitor(app)
      await visitor.get('/visit')
      time.advance(10 * dayMs)
      store.failsWrites = true
      expect(await visitor.get('/read')).toMatchObject({ status: 200, body: '{"visits":1}' })
      expect(app.errors).toEqual([])
    },
  },
]
