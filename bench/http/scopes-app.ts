import { memoryStore, openScopes } from '@scopes/core'
import { expressScopes } from '@scopes/http/express'
import { sqliteStore } from '@scopes/sqlite'
import express, { type Express } from 'express'
import { conflictRoutes } from '../conflicts/routes.ts'
import { HitsScope, scopesVisitor } from '../conflicts/scopes-visitor.ts'
import { CounterScope, ObjectsScope, changedItem, itemOf } from '../sessions.ts'
import type { Answer } from './contestants.ts'

/** The application on scopes, with the settings that a newcomer gets: on SQLite in that file, or in memory. */
export async function scopesApp(path: string | undefined): Promise<Express> {
  const store = path === undefined ? memoryStore() : sqliteStore({ path })
  const scopes = await openScopes({ application: 'bench', store })
  const web = expressScopes(scopes, { counter: CounterScope, objects: ObjectsScope, hits: HitsScope })
  const app = express()
  app.use(web)

  app.post('/counter', async (request, response) => {
    const counter = await web.counter(request)
    await counter.update(draft => void draft.count++)
    response.json({ number: counter.value.count } satisfies Answer)
  })
  app.get('/counter', async (request, response) => {
    const counter = await web.counter(request)
    response.json({ number: counter.value.count } satisfies Answer)
  })
  app.post('/objects', async (request, response) => {
    const objects = await web.objects(request)
    await objects.update(draft => void itemOf(draft.items, changedItem).quantity++)
    response.json({ number: itemOf(objects.value.items, changedItem).quantity } satisfies Answer)
  })
  app.get('/objects', async (request, response) => {
    const objects = await web.objects(request)
    response.json({ number: itemOf(objects.value.items, changedItem).quantity } satisfies Answer)
  })
  conflictRoutes(
    app,
    scopesVisitor(request => web.hits(request)),
  )
  return app
}
