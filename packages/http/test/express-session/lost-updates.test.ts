import { promisify } from 'node:util'
import { type ScopeDefinition, counter, defineScope, memoryStore, openScopes } from '@scopes/core'
import express from 'express'
import session from 'express-session'
import { afterEach, describe, expect, test } from 'vitest'
import { ScopesStore } from '../../src/express-session.ts'
import { Barrier } from '../behaviour/barrier.ts'
import { Visitor } from '../behaviour/visitor.ts'
import { listen } from '../listen.ts'

declare module 'express-session' {
  interface SessionData {
    n?: number
    deep?: { n: number }
    own?: Record<string, number>
    user?: string
  }
}

const clientCount = 8

const counted = (): ScopeDefinition =>
  defineScope({
    kind: 'session',
    initial: () => ({}),
    idle: '1d',
    merge: { n: counter(), 'deep.n': counter() },
  })

let close: () => Promise<void> = () => Promise.resolve()
afterEach(() => close())

/** An application on express-session as its documentation has it; the store is the only line that is ours. */
async function start(options: Partial<session.SessionOptions> = {}): Promise<{ port: number; slow: Barrier }> {
  const scopes = await openScopes({ application: 'shop', store: memoryStore() })
  close = () => scopes.close()
  const store = new ScopesStore(scopes, { definition: counted() })
  const slow = new Barrier()
  const app = express()
  app.use(session({ store, secret: 'a secret of the tests', resave: false, saveUninitialized: false, ...options }))
  app.post('/count/:client', (request, response) => {
    const visit = request.session
    visit.n = (visit.n ?? 0) + 1
    visit.deep = { n: (visit.deep?.n ?? 0) + 1 }
    const own = (visit.own ??= {})
    own[request.params.client] = (own[request.params.client] ?? 0) + 1
    // Everybody else reads before this one writes.
    setImmediate(() => response.json('counted'))
  })
  app.post('/hello', (request, response) => {
    request.session.user = 'ann'
    response.json('hello')
  })
  app.post('/slow', async (request, response) => {
    request.session.user = 'late'
    await slow.pass()
    response.json('saved')
  })
  app.post('/logout', async (request, response) => {
    await promisify(request.session.destroy.bind(request.session))()
    response.json('out')
  })
  app.get('/', (request, response) => {
    const { n = null, deep, own = {} } = request.session
    response.json({ n, deep: deep?.n, own })
  })
  return { port: await listen(app), slow }
}

describe.each([
  ['as recommended', { resave: false }, 100],
  ['with resave and rolling', { resave: true, rolling: true }, 25],
] as const)('express-session %s', (_name, options, incrementsEach) => {
  test(
    `8 clients with ${incrementsEach} increments each of one session: none is lost, of own keys and of declared counters`,
    { timeout: 90_000 },
    async () => {
      const { port } = await start(options)
      const visitor = new Visitor(port)
      await visitor.post('/hello')
      const count = async (client: number): Promise<void> => {
        const headers = { cookie: visitor.cookie }
        for (let turn = 0; turn < incrementsEach; turn++) await visitor.post(`/count/${client}`, { headers })
      }
      await Promise.all(Array.from({ length: clientCount }, (_, client) => count(client)))
      const { n, deep, own } = JSON.parse((await visitor.get('/')).body) as { n: number; deep: number; own: object }
      const expected = clientCount * incrementsEach
      expect({ n, deep }).toEqual({ n: expected, deep: expected })
      const each = Object.fromEntries(Array.from({ length: clientCount }, (_, client) => [client, incrementsEach]))
      expect(own).toEqual(each)
    },
  )

  test('a save that ends after the logout never brings the session back', async () => {
    const { port, slow } = await start(options)
    const visitor = new Visitor(port)
    await visitor.post('/count/first')
    const { cookie } = visitor
    const saved = visitor.post('/slow')
    await slow.reached()
    await visitor.post('/logout')
    slow.open()
    await saved
    expect((await visitor.get('/', { headers: { cookie } })).body).toBe('{"n":null,"own":{}}')
  })
})
