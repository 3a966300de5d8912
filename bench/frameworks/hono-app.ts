import { type ServerType, serve } from '@hono/node-server'
import { honoScopes } from '@scopes/http/hono'
import { Hono } from 'hono'
import { MemoryStore, type Session, sessionMiddleware } from 'hono-sessions'
import type { Answer } from '../http/contestants.ts'
import { CounterScope } from '../sessions.ts'
import type { Kind } from './applications.ts'
import { BareCounter } from './bare-counter.ts'
import { benchScopes } from './bench-scopes.ts'

/** The application in Hono 4 on its server for Node. */
export async function startHono(kind: Kind): Promise<ServerType> {
  const app = new Hono<{ Variables: { session: Session<{ count: number }> } }>()
  switch (kind) {
    case 'bare': {
      const counter = new BareCounter()
      app.post('/counter', c => c.json(counter.increment()))
      app.get('/counter', c => c.json(counter.read()))
      break
    }
    case 'scopes': {
      const web = honoScopes(await benchScopes(), { counter: CounterScope })
      app.use(web)
      app.post('/counter', async c => {
        const counter = await web.counter(c)
        await counter.update(draft => void draft.count++)
        return c.json({ number: counter.value.count } satisfies Answer)
      })
      app.get('/counter', async c => c.json({ number: (await web.counter(c)).value.count } satisfies Answer))
      break
    }
    case 'usual':
      app.use(sessionMiddleware({ store: new MemoryStore() }))
      app.post('/counter', c => {
        const number = (c.var.session.get('count') ?? 0) + 1
        c.var.session.set('count', number)
        return c.json({ number } satisfies Answer)
      })
      app.get('/counter', c => c.json({ number: c.var.session.get('count') ?? 0 } satisfies Answer))
      break
    default:
      return kind satisfies never
  }
  app.get('/untouched', c => c.json({ number: 0 } satisfies Answer))
  return new Promise(resolve => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(server))
  })
}
