import type { Server } from 'node:http'
import { koaScopes } from '@scopes/http/koa'
import Koa, { type Context } from 'koa'
import session from 'koa-session'
import type { Answer } from '../http/contestants.ts'
import { CounterScope } from '../sessions.ts'
import type { Kind } from './applications.ts'
import { BareCounter } from './bare-counter.ts'
import { benchScopes } from './bench-scopes.ts'

/** The application in Koa 3. */
export async function startKoa(kind: Kind): Promise<Server> {
  const app = new Koa()
  const { increment, read } = await countersOf(kind, app)
  app.use(async context => {
    if (context.path === '/untouched') context.body = { number: 0 } satisfies Answer
    else context.body = await (context.method === 'POST' ? increment(context) : read(context))
  })
  return new Promise(resolve => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server))
  })
}

interface Counters {
  readonly increment: (context: Context) => Promise<Answer> | Answer
  readonly read: (context: Context) => Promise<Answer> | Answer
}

async function countersOf(kind: Kind, app: Koa): Promise<Counters> {
  switch (kind) {
    case 'bare': {
      const counter = new BareCounter()
      return { increment: () => counter.increment(), read: () => counter.read() }
    }
    case 'scopes': {
      const web = koaScopes(await benchScopes(), { counter: CounterScope })
      app.use(web)
      return {
        async increment(context) {
          const counter = await web.counter(context)
          await counter.update(draft => void draft.count++)
          return { number: counter.value.count }
        },
        read: async context => ({ number: (await web.counter(context)).value.count }),
      }
    }
    case 'usual': {
      app.keys = ['bench']
      app.use(session({ store: memorySessions() }, app))
      const sessionOf = (context: Context): { count?: number } => (context as unknown as { session: object }).session
      return {
        increment(context) {
          const mine = sessionOf(context)
          mine.count = (mine.count ?? 0) + 1
          return { number: mine.count }
        },
        read: context => ({ number: sessionOf(context).count ?? 0 }),
      }
    }
    default:
      return kind satisfies never
  }
}

/** Sessions on the server, as the other libraries have them; koa-session's own way is to put them into the cookie. */
function memorySessions(): {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<void>
  destroy(key: string): Promise<void>
} {
  const sessions = new Map<string, string>()
  return {
    get: async key => JSON.parse(sessions.get(key) ?? 'null'),
    set: async (key, value) => void sessions.set(key, JSON.stringify(value)),
    destroy: async key => void sessions.delete(key),
  }
}
