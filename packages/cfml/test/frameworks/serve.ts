import http, { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { onTestFinished } from 'vitest'
import type { Application, CfmlRequest } from '../../src/index.ts'
import { expressApplication } from '../../src/express.ts'
import { fastifyApplication } from '../../src/fastify.ts'
import { honoApplication } from '../../src/hono.ts'
import { koaApplication } from '../../src/koa.ts'

type Variables = Record<string, unknown>

/** An application of these tests. */
export type Shop = Application<Variables, Variables, Variables, Variables>

/** What a handler answers: a status, and a value as JSON. */
interface Reply {
  readonly status: number
  readonly json: unknown
}

/** Answers every request. */
export type Handler = (request: CfmlRequest<Variables, Variables, Variables, Variables>, path: string) => Promise<Reply>

interface StatusError extends Error {
  readonly status?: number
}

/** Each framework as a listener with one handler; errors are answered with their status and message. */
export const frameworks: Readonly<Record<string, (shop: Shop, handler: Handler) => Promise<RequestListener>>> = {
  express: async (shop, handler) => {
    const web = expressApplication(shop)
    const app = express()
    app.use(web)
    app.use(async (req, res) => {
      const { status, json } = await handler(web.of(req), req.path)
      res.status(status).json(json)
    })
    app.use((error: StatusError, _: express.Request, res: express.Response, _next: express.NextFunction) => {
      res.status(error.status ?? 500).json(error.message)
    })
    return app as RequestListener
  },
  fastify: async (shop, handler) => {
    const web = fastifyApplication(shop)
    const app = fastify()
    await app.register(web)
    app.all('*', async (request, reply) => {
      const { status, json } = await handler(web.of(request), request.url)
      return reply.status(status).header('content-type', 'application/json').send(JSON.stringify(json))
    })
    app.setErrorHandler((error: StatusError, _, reply) =>
      reply.status(error.status ?? 500).send(JSON.stringify(error.message)),
    )
    await app.ready()
    onTestFinished(() => app.close())
    return (request, response) => app.routing(request, response)
  },
  koa: async (shop, handler) => {
    const web = koaApplication(shop)
    const app = new Koa()
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        const { status = 500, message } = error as StatusError
        ctx.status = status
        ctx.body = JSON.stringify(message)
      }
    })
    app.use(web)
    app.use(async ctx => {
      const { status, json } = await handler(web.of(ctx), ctx.path)
      ctx.status = status
      ctx.body = JSON.stringify(json)
    })
    const listener = app.callback()
    return (request, response) => void listener(request, response)
  },
  hono: async (shop, handler) => {
    const web = honoApplication(shop)
    const app = new Hono()
    app.use(web)
    app.all('*', async c => {
      const { status, json } = await handler(web.of(c), c.req.path)
      return new Response(JSON.stringify(json), { status })
    })
    app.onError((error: StatusError) => new Response(JSON.stringify(error.message), { status: error.status ?? 500 }))
    const listener = getRequestListener(app.fetch)
    return (request, response) => void listener(request, response)
  },
}

/** Listens until the test has finished. `left`: told of each connection that has closed. @returns where */
export async function listen(listener: RequestListener, left: () => void = () => undefined): Promise<string> {
  const server = http.createServer(listener)
  // After what Node does about the answer of who has gone.
  server.on('connection', socket => socket.once('close', () => setImmediate(left)))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
