import { expect } from 'vitest'
import type { Route } from '../adapter-driver.ts'
import type { Clause } from '../clause.ts'
import { sendAndLeave, sendRaw } from '../http-client.ts'
import { Barrier } from '../barrier.ts'
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

/** What clients do: leave, or send the next request before the answer. */
export const clients: readonly Clause[] = [
  {
    name: '25 the client is gone and the handler answers: committed',
    run: async ({ start, store }) => {
      const entered = new Barrier()
      const app = await start([
        hit,
        {
          ...hit,
          path: '/charge',
          handle: async exchange => {
            entered.open()
            await exchange.clientGone()
            ;(await exchange.session()).draft.user = 'charged'
            return { type: 'json', body: 'done' }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const written = store.written()
      const leave = sendAndLeave(app, '/charge', visitor.cookie)
      await entered.pass()
      leave()
      await written
      expect(JSON.parse((await visitor.get('/hit')).body)).toMatchObject({ user: 'charged' })
      expect(app.errors).toEqual([])
    },
  },
  {
    name: '26 the client is gone and the handler throws: nothing is stored',
    run: async ({ start, store }) => {
      const entered = new Barrier()
      const app = await start([
        hit,
        {
          ...hit,
          path: '/charge',
          handle: async exchange => {
            entered.open()
            await exchange.clientGone()
            ;(await exchange.session()).draft.user = 'charged'
            throw new Error('card refused')
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      store.resetCounts()
      const leave = sendAndLeave(app, '/charge', visitor.cookie)
      await entered.pass()
      leave()
      await app.errorCount(1)
      expect(JSON.parse((await visitor.get('/hit')).body)).toMatchObject({ user: null, hits: 2 })
      expect(store.writes).toBe(1)
    },
  },
  {
    name: '36 two pipelined requests are answered in order, and both are stored',
    run: async ({ start }) => {
      const app = await start([hit])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const head = `Host: shop\r\nCookie: ${visitor.cookie ?? ''}\r\n`
      const answers = await sendRaw(
        app,
        `GET /hit HTTP/1.1\r\n${head}\r\nGET /hit HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
      )
      expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
      expect(answers.match(/"hits":\d/g)).toHaveLength(2)
      // Both began with the same value and wrote the same one: two equal assignments are no conflict.
      expect(JSON.parse((await visitor.get('/hit')).body)).toMatchObject({ hits: expect.any(Number) })
    },
  },
]
