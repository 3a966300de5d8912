import type { Server } from 'node:http'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { fastifyScopes } from '@scopes/http/fastify'
import { fastify } from 'fastify'
import type { Answer } from '../http/contestants.ts'
import { CounterScope } from '../sessions.ts'
import type { Kind } from './applications.ts'
import { BareCounter } from './bare-counter.ts'
import { benchScopes } from './bench-scopes.ts'

declare module 'fastify' {
  interface Session {
    count?: number
  }
}

/** The application in Fastify 5. */
export async function startFastify(kind: Kind): Promise<Server> {
  const app = fastify()
  switch (kind) {
    case 'bare': {
      const counter = new BareCounter()
      app.post('/counter', async () => counter.increment())
      app.get('/counter', async () => counter.read())
      break
    }
    case 'scopes': {
      const web = fastifyScopes(await benchScopes(), { counter: CounterScope })
      await app.register(web)
      app.post('/counter', async (request): Promise<Answer> => {
        const counter = await web.counter(request)
        await counter.update(draft => void draft.count++)
        return { number: counter.value.count }
      })
      app.get('/counter', async (request): Promise<Answer> => ({ number: (await web.counter(request)).value.count }))
      break
    }
    case 'usual':
      await app.register(cookie)
      await app.register(session, {
        secret: 'a secret of the bench, as long as it must be',
        saveUninitialized: false,
        cookie: { secure: false },
      })
      app.post('/counter', async (request): Promise<Answer> => {
        request.session.count = (request.session.count ?? 0) + 1
        return { number: request.session.count }
      })
      app.get('/counter', async (request): Promise<Answer> => ({ number: request.session.count ?? 0 }))
      break
    default:
      return kind satisfies never
  }
  app.get('/untouched', async (): Promise<Answer> => ({ number: 0 }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}
