import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import compression from 'compression'
import express5, { type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import { expressScopes } from '../../src/express.ts'
import type { AdapterDriver, Answer, AppParts, Exchange, StartedApp } from '../behaviour/adapter-driver.ts'
import { definitions } from '../behaviour/shop-scopes.ts'

/** Express 5, as its documentation has it. */
export const expressDriver: AdapterDriver = expressDriverOf('express', express5, handler => handler)

/** Express 4, which does not hear of a handler that rejects: applications tell it. */
export function express4Driver(express: typeof express5): AdapterDriver {
  return expressDriverOf('express 4', express, handler => (request, response, next) => {
    void Promise.resolve(handler(request, response, next)).catch(next)
  })
}

function expressDriverOf(
  name: string,
  express: typeof express5,
  caught: (handler: RequestHandler) => RequestHandler,
): AdapterDriver {
  return {
    name,
    rawHead: 'held',
    hasEarlyHints: true,
    frameworkStatus: status => status,
    start: parts => startExpress(express, caught, parts),
  }
}

async function startExpress(
  express: typeof express5,
  caught: (handler: RequestHandler) => RequestHandler,
  { scopes, routes, options, setting, onError }: AppParts,
): Promise<StartedApp> {
  const app = express()
  // In it express does not print the errors that it answers.
  app.set('env', 'test')
  app.set('trust proxy', setting.isBehindTls)
  const web = expressScopes(scopes, definitions, options)
  if (setting.compression === 'outside') app.use(compression({ threshold: 0 }))
  app.use(web)
  if (setting.compression === 'inside') app.use(compression({ threshold: 0 }))
  for (const { method, path, load = [], handle } of routes) {
    const verb = method.toLowerCase() as 'get' | 'post' | 'head'
    const handler: RequestHandler = async (request, response) => {
      const exchange: Exchange = {
        query: new URL(request.url, 'http://shop').searchParams,
        session: () => web.session(request),
        client: () => web.client(request),
        loaded: () => web.of(request),
        clientGone: () => new Promise(resolve => response.once('close', resolve)),
        earlyHints: link => response.writeEarlyHints({ link }),
      }
      send(response, await handle(exchange))
    }
    app[verb](path, web.with(...load), caught(handler))
  }
  app.use((error: { status?: number; code?: string }, _request: Request, response: Response, next: NextFunction) => {
    onError(error)
    if (setting.errorPage === 'framework') next(error)
    else response.status(error.status ?? 500).json({ code: error.code })
  })
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

function send(response: Response, answer: Answer): void {
  if ('headers' in answer && answer.headers && answer.type !== 'raw') response.set(answer.headers)
  switch (answer.type) {
    case 'json':
      response.status(answer.status ?? 200).json(answer.body)
      return
    case 'redirect':
      response.redirect(303, answer.location)
      return
    case 'empty':
      response.status(answer.status).end()
      return
    case 'stream':
      answer.source.pipe(response)
      return
    case 'file':
      response.sendFile(answer.path)
      return
    case 'raw':
      response.writeHead(200, answer.headers).end(answer.body)
      return
    default:
      return answer satisfies never
  }
}
