import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import compression from 'compression'
import express, { type Express } from 'express'
import { describe, expect, test } from 'vitest'
import { expressScopes } from '../../src/express.ts'
import { sendEvents } from '../../src/sse.ts'
import { definitions } from '../behaviour/shop-scopes.ts'
import { Visitor } from '../behaviour/visitor.ts'
import { listen } from '../listen.ts'
import { openShop } from '../open-shop.ts'

async function openLiveShop(): Promise<{ readonly app: Express; readonly finished: Promise<unknown>[] }> {
  const { scopes } = await openShop()
  const web = expressScopes(scopes, definitions)
  const app = express()
  const finished: Promise<unknown>[] = []
  app.use(compression({ threshold: 0 }), web)
  app.post('/buy/:sku', async (req, res) => {
    const session = await web.session(req)
    await session.update(draft => void draft.cart.push(req.params.sku))
    res.json(session.scope.stamp)
  })
  app.post('/log-out', async (req, res) => {
    await (await web.session(req)).end('logout')
    res.sendStatus(204)
  })
  app.get('/live', async (req, res) => {
    const session = await web.session(req)
    if (req.query['visit'] !== undefined) session.draft.hits++
    const sent = sendEvents(req, res, session.scope, { project: ({ cart, hits }) => ({ cart, hits }) })
    finished.push(sent)
    await sent
  })
  return { app, finished }
}

interface Events {
  readonly response: IncomingMessage
  /** The text up to the next one that contains `what`. */
  until(what: string): Promise<string>
}

async function watch(port: number, cookie: string | undefined, headers: Record<string, string> = {}): Promise<Events> {
  const sent = request({
    port,
    host: '127.0.0.1',
    path: headers['path'] ?? '/live',
    headers: { ...headers, ...(cookie && { cookie }), 'accept-encoding': 'gzip' },
  })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<string>
  let text = ''
  return {
    response,
    async until(what) {
      while (!text.includes(what)) {
        const { done, value } = await chunks.next()
        if (done) throw new Error(`It ended before ${what}: ${text}`)
        text += value
      }
      return text
    },
  }
}

describe('a stream of a session over Express', () => {
  test('brings what other requests change, through a compressor, and the end of the session', async () => {
    const { app, finished } = await openLiveShop()
    const port = await listen(app)
    const visitor = new Visitor(port)
    await visitor.post('/buy/pen')
    const events = await watch(port, visitor.cookie)
    expect(events.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
    })
    expect(events.response.headers['content-encoding']).toBeUndefined()
    await events.until('{"cart":["pen"],"hits":0}')
    await visitor.post('/buy/ink')
    await events.until('{"cart":["pen","ink"],"hits":0}')
    await visitor.post('/log-out')
    await events.until('event: ended')
    await Promise.all(finished)
  })

  test('stores the draft of its own request before the first event leaves', async () => {
    const { app } = await openLiveShop()
    const port = await listen(app)
    const visitor = new Visitor(port)
    await visitor.post('/buy/pen')
    const events = await watch(port, visitor.cookie, { path: '/live?visit' })
    await events.until('"hits":1')
    events.response.destroy()
  })

  test('a browser that comes back says what it has, and is sent only what it has not', async () => {
    const { app } = await openLiveShop()
    const port = await listen(app)
    const visitor = new Visitor(port)
    const stamp = JSON.parse((await visitor.post('/buy/pen')).body) as string
    const events = await watch(port, visitor.cookie, { 'last-event-id': stamp })
    await events.until('retry')
    await visitor.post('/buy/ink')
    const text = await events.until('"ink"')
    expect(text).not.toContain('{"cart":["pen"],')
    events.response.destroy()
  })

  test('a browser that goes is no error', async () => {
    const { app, finished } = await openLiveShop()
    const port = await listen(app)
    const visitor = new Visitor(port)
    await visitor.post('/buy/pen')
    const events = await watch(port, visitor.cookie)
    await events.until('"pen"')
    events.response.destroy()
    await expect(Promise.all(finished)).resolves.toEqual([undefined])
  })
})
