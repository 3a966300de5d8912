import type { Scopes } from '@scopes/core'
import { Hono } from 'hono'
import { honoScopes } from '../src/hono.ts'
import { definitions } from './behaviour/shop-scopes.ts'

/** An application on Hono as it is bundled for a runtime that is not Node. */
export function honoProgram(scopes: Scopes): { request(path: string, init?: RequestInit): Promise<Response> } {
  const web = honoScopes(scopes, definitions, { cookie: { keys: ['a key of the tests'], secure: true } })
  const app = new Hono()
  app.use(web)
  app.onError((error, c) => c.json({ code: (error as { code?: string }).code }, 503))
  app.get('/hit', async c => {
    const session = await web.session(c)
    session.draft.hits++
    return c.json(session.value.hits)
  })
  app.get('/read', web.with('session'), c => c.json(web.of(c).session.value.hits))
  return { request: async (path, init) => app.request(path, init) }
}
