import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import express, { type NextFunction, type Request, type Response } from 'express'
import type { Scopes } from '@scopes/core'
import { expressScopes } from '../src/express.ts'
import type { GateOptions } from '../src/index.ts'
import type { AdapterDriver, Answer, Exchange, Route, RunningApp } from './behaviour/adapter-driver.ts'
import { type ShopDefinitions, definitions } from './behaviour/shop-scopes.ts'

/** Express 5, as its documentation has it. */
export const expressDriver: AdapterDriver = {
  name: 'express',
  rawHead: 'held',
  hasEarlyHints: true,
  start: startExpress,
}

async function startExpress(
  scopes: Scopes,
  routes: readonly Route[],
  options: GateOptions<ShopDefinitions>,
): Promise<RunningApp> {
  const app = express()
  const web = expressScopes(scopes, definitions, options)
  const errors = new ErrorLog()
  app.use(web)
  for (const { method, path, load = [], handle } of routes) {
    const verb = method.toLowerCase() as 'get' | 'post' | 'head'
    app[verb](path, web.with(...load), async (request, response) => {
      const exchange: Exchange = {
        query: new URL(request.url, 'http://shop').searchParams,
        session: () => web.session(request),
        client: () => web.client(request),
        loaded: () => web.of(request),
        clientGone: () => new Promise(resolve => response.once('close', resolve)),
        earlyHints: link => response.writeEarlyHints({ link }),
      }
      send(response, await handle(exchange))
    })
  }
  app.use((error: { status?: number; code?: string }, _request: Request, response: Response, _next: NextFunction) => {
    errors.add(error)
    response.status(error.status ?? 500).json({ code: error.code })
  })
  const server = await new Promise<Server>(resolve => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  return {
    port: (server.address() as AddressInfo).port,
    errors: errors.errors,
    errorCount: count => errors.reached(count),
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

class ErrorLog {
  readonly errors: unknown[] = []
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = []

  add(error: unknown): void {
    this.errors.push(error)
    for (const { count, resolve } of this.#waiting) if (this.errors.length >= count) resolve()
  }

  reached(count: number): Promise<void> {
    return new Promise(resolve => {
      if (this.errors.length >= count) resolve()
      else this.#waiting.push({ count, resolve })
    })
  }
}
