import { defineScope, memoryStore, openScopes } from '@scopes/core'
import { expressScopes } from '@scopes/http/express'
import express from 'express'

const Session = defineScope({ kind: 'session', initial: () => ({ visits: 0 }), idle: '30m' })
const scopes = await openScopes({ application: 'visits', store: memoryStore() })
const web = expressScopes(scopes, { session: Session })

const app = express()
app.use(web)
app.get('/', async (req, res) => {
  const session = await web.session(req)
  await session.update(draft => void draft.visits++)
  res.json(session.value)
})
const server = app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => console.log(server.address()))
