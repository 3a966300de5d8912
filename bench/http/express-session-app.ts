import { RedisStore } from 'connect-redis'
import express, { type Express } from 'express'
import session, { type Store } from 'express-session'
import { createClient } from 'redis'
import { counter, defineScope, openScopes } from '@scopes/core'
import { ScopesStore } from '@scopes/http/express-session'
import { sqliteStore } from '@scopes/sqlite'
import { expressSessionVisitor } from '../conflicts/express-session-visitor.ts'
import { conflictRoutes } from '../conflicts/routes.ts'
import { type ObjectsState, changedItem, itemOf, objectsState } from '../sessions.ts'
import type { Answer } from './contestants.ts'

declare module 'express-session' {
  interface SessionData {
    count?: number
    items?: ObjectsState['items']
  }
}

/**
 * The same application on express-session, with that store, or with its own MemoryStore. Its settings are those that its
 * README recommends and that cost least: nothing is stored that did not change.
 */
export function expressSessionApp(store: Store | undefined): Express {
  const app = express()
  app.use(session({ secret: 'bench', resave: false, saveUninitialized: false, ...(store && { store }) }))

  app.post('/counter', (request, response) => {
    const count = (request.session.count ?? 0) + 1
    request.session.count = count
    response.json({ number: count } satisfies Answer)
  })
  app.get('/counter', (request, response) => {
    response.json({ number: request.session.count ?? 0 } satisfies Answer)
  })
  app.post('/objects', (request, response) => {
    request.session.items ??= objectsState().items
    const item = itemOf(request.session.items, changedItem)
    item.quantity++
    response.json({ number: item.quantity } satisfies Answer)
  })
  app.get('/objects', (request, response) => {
    const items = request.session.items ?? objectsState().items
    response.json({ number: itemOf(items, changedItem).quantity } satisfies Answer)
  })
  conflictRoutes(app, expressSessionVisitor)
  return app
}

/** connect-redis, as its documentation has it. */
export async function redisStore(port: number | undefined): Promise<Store> {
  const client = createClient({ url: `redis://127.0.0.1:${port}` })
  await client.connect()
  return new RedisStore({ client })
}

/** Ours on SQLite in that file; the number that everybody adds to is declared to be one. */
export async function scopesStore(path: string): Promise<Store> {
  const scopes = await openScopes({ application: 'bench', store: sqliteStore({ path }) })
  const definition = defineScope({ kind: 'session', initial: () => ({}), idle: '1d', merge: { hits: counter() } })
  return new ScopesStore(scopes, { definition })
}
