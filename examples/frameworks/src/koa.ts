import { defineScope, memoryStore, openScopes } from '@scopes/core'
import { koaScopes } from '@scopes/http/koa'
import Koa from 'koa'

const Session = defineScope({ kind: 'session', initial: () => ({ visits: 0 }), idle: '30m' })
const scopes = await openScopes({ application: 'visits', store: memoryStore() })
const web = koaScopes(scopes, { session: Session })

const app = new Koa()
app.use(web)
app.use(async ctx => {
  const session = await web.session(ctx)
  await session.update(draft => void draft.visits++)
  ctx.body = session.value
})
const server = app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => console.log(server.address()))
