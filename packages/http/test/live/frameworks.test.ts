import { Readable } from 'node:stream'
import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import type { Scope, Scopes } from '@scopes/core'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { expect, onTestFinished, test } from 'vitest'
import { expressScopes } from '../../src/express.ts'
import { fastifyScopes } from '../../src/fastify.ts'
import { honoScopes } from '../../src/hono.ts'
import { koaScopes } from '../../src/koa.ts'
import { scopeEvents, sendEvents } from '../../src/sse.ts'
import { Barrier } from '../behaviour/barrier.ts'
import { type SessionState, definitions } from '../behaviour/shop-scopes.ts'
import { Visitor } from '../behaviour/visitor.ts'
import { listen } from '../listen.ts'
import { openShop } from '../open-shop.ts'

type Watch = (scope: Scope<SessionState>) => void

const project = ({ hits, user }: Pick<SessionState, 'hits' | 'user'>) => ({ hits, user })

/** In each framework: a stream of the session at /live, after a change of its draft. @returns the port */
const ways: Readonly<Record<string, (scopes: Scopes, watch: Watch) => Promise<number>>> = {
  async express(scopes, watch) {
    const web = expressScopes(scopes, definitions)
    const app = express()
    app.get('/live', web, async (req, res) => {
      const session = await web.session(req)
      session.draft.user = 'watcher'
      await session.commit()
      watch(session.scope)
      await sendEvents(req, res, session.scope, { project })
    })
    return listen(app)
  },
  async fastify(scopes, watch) {
    const web = fastifyScopes(scopes, definitions)
    const app = fastify({ forceCloseConnections: true })
    await app.register(web)
    app.get('/live', async (request, reply) => {
      const session = await web.session(request)
      session.draft.user = 'watcher'
      watch(session.scope)
      return reply.type('text/event-stream').send(Readable.from(scopeEvents(session.scope, { project })))
    })
    onTestFinished(() => app.close())
    return Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
  },
  async koa(scopes, watch) {
    const web = koaScopes(scopes, definitions)
    const app = new Koa()
    app.use(web)
    app.use(async ctx => {
      const session = await web.session(ctx)
      session.draft.user = 'watcher'
      watch(session.scope)
      ctx.type = 'text/event-stream'
      ctx.body = Readable.from(scopeEvents(session.scope, { project }))
    })
    const callback = app.callback()
    return listen((request, response) => void callback(request, response))
  },
  async hono(scopes, watch) {
    const web = honoScopes(scopes, definitions)
    const app = new Hono()
    app.use(web)
    app.get('/live', async c => {
      const session = await web.session(c)
      session.draft.user = 'watcher'
      watch(session.scope)
      const events = ReadableStream.from(scopeEvents(session.scope, { project })).pipeThrough(new TextEncoderStream())
      return c.body(events as ReadableStream, 200, { 'content-type': 'text/event-stream' })
    })
    const server = await new Promise<ServerType>(resolve => {
      const listening = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(listening))
    })
    onTestFinished(() => void server.close())
    return (server.address() as AddressInfo).port
  },
}

test.each(Object.entries(ways))(
  'server-sent events in %s: the draft is stored first and the cookie sent; then what others change, to the end',
  async (_name, start) => {
    const { scopes } = await openShop()
    const head = new Barrier()
    let watched: Scope<SessionState> | undefined
    const visitor = new Visitor(await start(scopes, scope => (watched = scope)))
    const live = visitor.get('/live', { onHead: () => head.open() })
    await head.pass()
    if (watched === undefined) throw new Error('Nothing is watched.')
    const scope: Scope<SessionState> = watched
    await scope.update(draft => void draft.hits++)
    await scope.end('logout')
    const { body, headers, setCookies } = await live
    expect(headers['content-type']).toMatch(/^text\/event-stream/)
    expect(setCookies).toEqual([expect.stringMatching(/^session=/)])
    expect(body).not.toContain('"user":null')
    expect(body).toMatch(/event: ended\n[^]*\n\n$/)
  },
)
