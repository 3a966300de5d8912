import { serve } from '@hono/node-server'
import { defineScope, memoryStore, openScopes } from '@scopes/core'
import { honoScopes } from '@scopes/http/hono'
import { Hono } from 'hono'

const Session = defineScope({ kind: 'session', initial: () => ({ visits: 0 }), idle: '30m' })
const scopes = await openScopes({ application: 'visits', store: memoryStore() })
const web = honoScopes(scopes, { session: Session })

const app = new Hono()
app.use(web)
app.get('/', async c => {
  const session = await web.session(c)
  await session.update(draft => void draft.visits++)
  return c.json(session.value)
})
serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 0), hostname: '127.0.0.1' }, console.log)
