import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { type HttpBindings, type ServerType, serve } from '@hono/node-server'
import { type Context, Hono as HonoToday } from 'hono'
import { compress } from 'hono/compress'
import { HTTPException } from 'hono/http-exception'
import { vi } from 'vitest'
import { honoScopes } from '../../src/hono.ts'
import {
  type AdapterDriver,
  type Answer,
  type AppParts,
  type Exchange,
  RefusedError,
  type Route,
  type StartedApp,
} from '../behaviour/adapter-driver.ts'
import { definitions } from '../behaviour/shop-scopes.ts'

type Env = { Bindings: HttpBindings }

/** Hono 4 on its server for Node. Its own error page says 500 to everything but an HTTPException. */
export const honoDriver: AdapterDriver = honoDriverOf('hono', HonoToday)

/** Another version of Hono, as an application of today's would use it. */
export function honoDriverOf(name: string, Hono: typeof HonoToday): AdapterDriver {
  return {
    name,
    rawHead: 'none',
    hasEarlyHints: false,
    frameworkStatus: () => 500,
    start: parts => startHono(Hono, parts),
  }
}

async function startHono(
  Hono: typeof HonoToday,
  { scopes, routes, options, setting, onError }: AppParts,
): Promise<StartedApp> {
  const app = new Hono<Env>()
  const isSecure = setting.isBehindTls
    ? { isSecure: ({ req }: { req: { raw: Request } }) => req.raw.headers.get('x-forwarded-proto') === 'https' }
    : {}
  const web = honoScopes(scopes, definitions, { ...options, ...isSecure })
  const isOwnPage = setting.errorPage === 'application'
  // Hono's own error page prints.
  const muted = isOwnPage ? undefined : vi.spyOn(console, 'error').mockImplementation(() => {})
  app.use(async (c, next) => {
    await next()
    if (c.error) onError(c.error)
  })
  if (isOwnPage) {
    app.onError((error: Error & { status?: number; code?: string }, c) =>
      c.json({ code: error.code }, (error.status ?? 500) as 500),
    )
  }
  if (setting.compression === 'outside') app.use(compress({ threshold: 0 }))
  app.use(web)
  if (setting.compression === 'inside') app.use(compress({ threshold: 0 }))
  for (const { method, path, load = [], handle } of routes) {
    app.on(method, path, web.with(...load), async c => {
      const exchange: Exchange = {
        query: new URL(c.req.url).searchParams,
        session: () => web.session(c),
        client: () => web.client(c),
        loaded: () => web.of(c),
        clientGone: () => new Promise(resolve => c.env.outgoing.once('close', resolve)),
        earlyHints: () => {},
      }
      return send(c, await answerOf(handle, exchange, isOwnPage))
    })
  }
  const server = await new Promise<ServerType>(resolve => {
    const listening = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(listening))
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        muted?.mockRestore()
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}

/** A refusal in the words of Hono, where its own page is to understand it. */
async function answerOf(handle: Route['handle'], exchange: Exchange, isOwnPage: boolean): Promise<Answer> {
  try {
    return await handle(exchange)
  } catch (error) {
    if (isOwnPage || !(error instanceof RefusedError)) throw error
    throw new HTTPException(error.status as 403, { cause: error })
  }
}

async function send(c: Context<Env>, answer: Answer): Promise<Response> {
  if ('headers' in answer && answer.headers) {
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const line of [value].flat()) c.header(name, String(line), { append: true })
    }
  }
  switch (answer.type) {
    case 'json':
      return c.body(JSON.stringify(answer.body), (answer.status ?? 200) as 200, { 'Content-Type': 'application/json' })
    case 'redirect':
      return c.redirect(answer.location, 303)
    case 'empty':
      return c.body(null, answer.status as 204)
    case 'stream':
      return c.body(Readable.toWeb(answer.source) as ReadableStream)
    case 'file':
      c.header('Content-Length', String((await stat(answer.path)).size))
      c.header('Content-Type', 'text/plain')
      return c.body(Readable.toWeb(createReadStream(answer.path)) as ReadableStream)
    case 'raw':
      throw new Error('Hono has no raw head.')
    default:
      return answer satisfies never
  }
}
