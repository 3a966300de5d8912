import { defineScope, memoryStore, openScopes } from '@scopes/core'
import { fastifyScopes } from '@scopes/http/fastify'
import { fastify } from 'fastify'

const Session = defineScope({ kind: 'session', initial: () => ({ visits: 0 }), idle: '30m' })
const scopes = await openScopes({ application: 'visits', store: memoryStore() })
const web = fastifyScopes(scopes, { session: Session })

const app = fastify()
await app.register(web)
app.get('/', async request => {
  const session = await web.session(request)
  await session.update(draft => void draft.visits++)
  return session.value
})
await app.listen({ port: Number(process.env['PORT'] ?? 0), host: '127.0.0.1' })
console.log(app.server.address())
