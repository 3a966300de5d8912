import { expressScopes } from '@scopes/http/express'
import express from 'express'
import session from 'express-session'
import type { Server } from 'node:http'
import type { Answer } from '../http/contestants.ts'
import { CounterScope } from '../sessions.ts'
import type { Kind } from './applications.ts'
import { BareCounter } from './bare-counter.ts'
import { benchScopes } from './bench-scopes.ts'

/** The application in Express 5. */
export async function startExpress(kind: Kind): Promise<Server> {
  const app = express()
  switch (kind) {
    case 'bare': {
      const counter = new BareCounter()
      app.post('/counter', (_request, response) => void response.json(counter.increment()))
      app.get('/counter', (_request, response) => void response.json(counter.read()))
      break
    }
    case 'scopes': {
      const web = expressScopes(await benchScopes(), { counter: CounterScope })
      app.use(web)
      app.post('/counter', async (request, response) => {
        const counter = await web.counter(request)
        await counter.update(draft => void draft.count++)
        response.json({ number: counter.value.count } satisfies Answer)
      })
      app.get('/counter', async (request, response) => {
        response.json({ number: (await web.counter(request)).value.count } satisfies Answer)
      })
      break
    }
    case 'usual':
      app.use(session({ secret: 'bench', resave: false, saveUninitialized: false }))
      app.post('/counter', (request, response) => {
        request.session.count = (request.session.count ?? 0) + 1
        response.json({ number: request.session.count } satisfies Answer)
      })
      app.get('/counter', (request, response) => {
        response.json({ number: request.session.count ?? 0 } satisfies Answer)
      })
      break
    default:
      return kind satisfies never
  }
  app.get('/untouched', (_request, response) => void response.json({ number: 0 } satisfies Answer))
  return new Promise(resolve => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server))
  })
}
