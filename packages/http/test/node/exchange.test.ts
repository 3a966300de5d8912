import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import express, { type NextFunction, type Request, type Response } from 'express'
import { describe, expect, test } from 'vitest'
import { expressScopes } from '../../src/express.ts'
import type { RequestScope } from '../../src/index.ts'
import { type SessionState, definitions } from '../behaviour/shop-scopes.ts'
import { Visitor } from '../behaviour/visitor.ts'
import { listen } from '../listen.ts'
import { openShop } from '../open-shop.ts'

type Session = RequestScope<SessionState>

/** What of an answer is replaced when its head is to wait. */
function ownFunctions(response: ServerResponse): readonly string[] {
  return Object.keys(response).filter(name => ['writeHead', 'write', 'end', 'flushHeaders', 'on'].includes(name))
}

/** The functions that were put on the answer of a visitor to whom something is stored, when the handler has run. */
async function functionsAfter(handle: (session: Session) => unknown): Promise<readonly string[]> {
  const { scopes } = await openShop()
  const web = expressScopes(scopes, definitions)
  const app = express()
  app.use(web)
  app.get('/hit', async (request, response) => {
    ;(await web.session(request)).draft.hits++
    response.json('done')
  })
  app.get('/', async (request, response) => {
    await handle(await web.session(request))
    response.json(ownFunctions(response))
  })
  const visitor = new Visitor(await listen(app))
  await visitor.get('/hit')
  return JSON.parse((await visitor.get('/')).body) as readonly string[]
}

test('an answer is left as it is while its request only reads', async () => {
  expect(await functionsAfter(session => session.value.hits + Number(session.isNew) + session.id.length)).toEqual([])
})

describe('an answer is watched from', () => {
  const ways: Readonly<Record<string, (session: Session) => unknown>> = {
    'the draft on': session => session.draft,
    'an update on': session => session.update(draft => void draft.hits++),
    'a rotation on': session => session.rotate(),
    'an end on': session => session.end(),
    'the moment on in which the handle of core is taken': session => session.scope,
  }

  test.each(Object.entries(ways))('%s', async (_name, handle) => {
    expect(await functionsAfter(handle)).toEqual(['writeHead', 'write', 'end', 'flushHeaders'])
  })
})

test('what is written past the request, by the handle of core, is announced by its head', async () => {
  const { scopes } = await openShop()
  const web = expressScopes(scopes, definitions)
  const app = express()
  app.use(web)
  app.get('/', async (request, response) => {
    const session = await web.session(request)
    await session.scope.update(draft => void draft.hits++)
    response.json('done')
  })
  const visitor = new Visitor(await listen(app))
  expect((await visitor.get('/')).setCookies).toHaveLength(1)
})

test('a request that only read keeps nobody from being told that its head has gone', async () => {
  const { scopes, store } = await openShop()
  const web = expressScopes(scopes, definitions)
  const app = express()
  app.use(web)
  app.get('/', async (request, response) => {
    const session = await web.session(request)
    response.write(`${session.value.hits};`)
    const codes = [
      await session.update(draft => void draft.hits++).catch((error: { code: string }) => error.code),
      await session.rotate().catch((error: { code: string }) => error.code),
    ]
    expect(() => session.draft).toThrow(expect.objectContaining({ code: 'headers-sent' }))
    response.end(JSON.stringify(codes))
  })
  expect((await new Visitor(await listen(app)).get('/')).body).toBe('0;["headers-sent","headers-sent"]')
  expect(store.writes).toBe(0)
})

test('a source that was piped before the first change is destroyed when the commit fails, and sends nothing', async () => {
  const { scopes, store } = await openShop()
  const web = expressScopes(scopes, definitions)
  const source = createReadStream(fileURLToPath(import.meta.url))
  const closed = once(source, 'close')
  const app = express()
  app.use(web)
  app.get('/', async (request, response) => {
    const session = await web.session(request)
    source.pipe(response)
    session.draft.hits++
    store.failsWrites = true
  })
  app.use((error: { status?: number }, _request: Request, response: Response, _next: NextFunction) => {
    // Later than the source would end by itself.
    setImmediate(() => response.status(error.status ?? 500).end('page'))
  })
  expect(await new Visitor(await listen(app)).get('/')).toMatchObject({ status: 503, body: 'page' })
  await closed
})
