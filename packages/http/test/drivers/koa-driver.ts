import { createReadStream } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa3, { type Context } from 'koa'
import compress from 'koa-compress'
import { stat } from 'node:fs/promises'
import { koaScopes } from '../../src/koa.ts'
import type { AdapterDriver, Answer, AppParts, Exchange, StartedApp } from '../behaviour/adapter-driver.ts'
import { definitions } from '../behaviour/shop-scopes.ts'

/** Koa 3, with the scopes inside of the middleware that answers errors. */
export const koaDriver: AdapterDriver = koaDriverOf('koa', Koa3)

/** Another version of Koa, as an application of today's would use it. */
export function koaDriverOf(name: string, Koa: typeof Koa3): AdapterDriver {
  return {
    name,
    rawHead: 'uncommitted',
    hasEarlyHints: true,
    frameworkStatus: status => status,
    start: parts => startKoa(Koa, parts),
  }
}

async function startKoa(
  Koa: typeof Koa3,
  { scopes, routes, options, setting, onError }: AppParts,
): Promise<StartedApp> {
  const app = new Koa()
  app.proxy = setting.isBehindTls
  const web = koaScopes(scopes, definitions, options)
  if (setting.errorPage === 'framework') app.on('error', onError)
  else {
    app.use(async (context, next) => {
      try {
        await next()
      } catch (error) {
        onError(error)
        const { status = 500, code } = error as { status?: number; code?: string }
        context.status = status
        context.body = { code }
      }
    })
  }
  if (setting.compression === 'outside') app.use(compress({ threshold: 0 }))
  app.use(web)
  if (setting.compression === 'inside') app.use(compress({ threshold: 0 }))
  for (const { method, path, load = [], handle } of routes) {
    const isAsked = (context: Context): boolean =>
      context.path === path && (context.method === method || (context.method === 'HEAD' && method === 'GET'))
    const loader = web.with(...load)
    app.use(async (context, next) => {
      const answer = async (): Promise<void> => {
        const exchange: Exchange = {
          query: context.URL.searchParams,
          session: () => web.session(context),
          client: () => web.client(context),
          loaded: () => web.of(context),
          clientGone: () => new Promise(resolve => context.res.once('close', resolve)),
          earlyHints: link => context.res.writeEarlyHints({ link }),
        }
        await send(context, await handle(exchange))
      }
      await (isAsked(context) ? loader(context, answer) : next())
    })
  }
  const server = await new Promise<Server>(resolve => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function send(context: Context, answer: Answer): Promise<void> {
  if ('headers' in answer && answer.headers && answer.type !== 'raw') {
    context.set(answer.headers as Record<string, string | string[]>)
  }
  switch (answer.type) {
    case 'json':
      context.status = answer.status ?? 200
      context.type = 'json'
      context.body = JSON.stringify(answer.body)
      return
    case 'redirect':
      context.redirect(answer.location)
      context.status = 303
      return
    case 'empty':
      context.status = answer.status
      return
    case 'stream':
      context.body = answer.source
      return
    case 'file':
      context.length = (await stat(answer.path)).size
      context.type = 'text'
      context.body = createReadStream(answer.path)
      return
    case 'raw':
      context.respond = false
      context.res.writeHead(200, answer.headers).end(answer.body)
      return
    default:
      return answer satisfies never
  }
}
