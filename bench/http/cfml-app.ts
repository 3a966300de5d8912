import { openApplication } from '@scopes/cfml'
import { expressApplication } from '@scopes/cfml/express'
import { counter } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import express, { type Express } from 'express'
import { conflictRoutes } from '../conflicts/routes.ts'
import type { HitsState } from '../conflicts/scopes-visitor.ts'
import { type CounterState, type ObjectsState, changedItem, itemOf, objectsState } from '../sessions.ts'
import type { Answer } from './contestants.ts'

/** The small session, and that of the conflicts. */
type Session = CounterState & HitsState

/** The application on the scopes of CFML, with their own settings: each request is a visit, and is stored as one. The large session is the client. */
export async function cfmlApp(path: string): Promise<Express> {
  const application = await openApplication({
    name: 'bench',
    store: sqliteStore({ path }),
    session: { initial: (): Session => ({ count: 0, hits: 0, own: {} }), merge: { count: counter(), hits: counter() } },
    clientManagement: true,
    client: { initial: (): ObjectsState => objectsState() },
  })
  const web = expressApplication(application)
  const app = express()
  app.use(web)

  app.post('/counter', async (request, response) => {
    const session = await web.session(request)
    session.count++
    response.json({ number: session.count } satisfies Answer)
  })
  app.get('/counter', async (request, response) => {
    const session = await web.session(request)
    response.json({ number: session.count } satisfies Answer)
  })
  app.post('/objects', async (request, response) => {
    const client = await web.client(request)
    const item = itemOf(client.items, changedItem)
    item.quantity++
    response.json({ number: item.quantity } satisfies Answer)
  })
  app.get('/objects', async (request, response) => {
    const client = await web.client(request)
    response.json({ number: itemOf(client.items, changedItem).quantity } satisfies Answer)
  })
  conflictRoutes(app, {
    async hit(request, between) {
      const session = await web.session(request)
      await between()
      session.hits++
    },
    async hitOwn(request, client, between) {
      const { own } = await web.session(request)
      const hits = own[client] ?? 0
      await between()
      own[client] = hits + 1
    },
    async logOut(request) {
      await web.of(request).sessionInvalidate()
    },
    async read(request) {
      if (!(await web.of(request).sessionExists())) return undefined
      const { hits, own } = await web.session(request)
      return { hits, own }
    },
  })
  return app
}
