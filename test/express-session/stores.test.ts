import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { type DocumentStore, type Scopes, counter, defineScope, openScopes, systemClock } from '@scopes/core'
import { ScopesStore } from '@scopes/http/express-session'
import { type StoreCall, observedStore } from '@scopes/testing'
import express from 'express'
import session from 'express-session'
import { describe, expect, onTestFinished, test } from 'vitest'
import { newPlace, sharedStores, stores } from '../conflicts/stores.ts'

// The store for express-session on every store: two processes' worth of applications, which share nothing but the documents.

declare module 'express-session' {
  interface SessionData {
    hits?: number
    own?: Record<string, number>
    user?: string
  }
}

const Visit = defineScope({ kind: 'visit', initial: () => ({}), idle: '1d', merge: { hits: counter() } })

/** What a test works with: the same application at two addresses. */
interface Applications {
  readonly urls: readonly [string, string]
  readonly scopes: Scopes
  /** What saves failed with. */
  readonly errors: readonly unknown[]
  /** The mutations that were asked of the store. */
  readonly mutations: () => number
  /** Lets the request go on that waits in `/slow`, and says when there is one. */
  readonly slow: { readonly reached: Promise<void>; readonly open: () => void }
}

async function applications(name: string): Promise<Applications> {
  const kind = stores[name]
  if (kind === undefined) throw new Error(`There is no store ${name}.`)
  const place = await newPlace(name)
  onTestFinished(() => place.remove())
  let mutations = 0
  const errors: unknown[] = []
  const onCall = ({ method }: StoreCall): void =>
    void (['insert', 'append', 'replace', 'remove'].includes(method) && mutations++)
  const openStore = async (): Promise<DocumentStore> =>
    observedStore(await kind.open({ place: place.name, clock: systemClock }), { onCall })
  let reach = (): void => {}
  let open = (): void => {}
  const reached = new Promise<void>(resolve => (reach = resolve))
  const opened = new Promise<void>(resolve => (open = resolve))
  const start = async (store: DocumentStore): Promise<{ readonly url: string; readonly scopes: Scopes }> => {
    const scopes = await openScopes({ application: 'shop', store, reaper: false, commitTimeoutMs: 30_000 })
    const app = application(scopes, errors, () => {
      reach()
      return opened
    })
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(async () => {
      await closed(server)
      await scopes.close()
    })
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, scopes }
  }
  const first = await openStore()
  const one = await start(first)
  const two = await start(sharedStores.includes(name) ? await openStore() : { ...first, close: async () => {} })
  return { urls: [one.url, two.url], scopes: one.scopes, errors, mutations: () => mutations, slow: { reached, open } }
}

/** As its documentation has it; the store is the only line that is ours. */
function application(scopes: Scopes, errors: unknown[], slow: () => Promise<void>): express.Express {
  const app = express()
  const store = new ScopesStore(scopes, { definition: Visit })
  app.use(session({ store, secret: 'a secret of the tests', resave: false, saveUninitialized: false }))
  app.post('/count/:client', (request, response) => {
    const visit = request.session
    visit.hits = (visit.hits ?? 0) + 1
    const own = (visit.own ??= {})
    own[request.params.client] = (own[request.params.client] ?? 0) + 1
    // Everybody else reads before this one writes.
    setImmediate(() => response.json('counted'))
  })
  app.post('/slow', async (request, response) => {
    request.session.user = 'late'
    await slow()
    response.json('saved')
  })
  app.post('/logout', async (request, response) => {
    await promisify(request.session.destroy.bind(request.session))()
    response.json('out')
  })
  // A save that fails comes here when the answer has gone.
  app.use((error: unknown, _request: express.Request, _response: express.Response, _next: express.NextFunction) => {
    errors.push(error)
  })
  app.get('/', (request, response) => {
    const { hits, own, user } = request.session
    response.json({ hits, own, user })
  })
  return app
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** Asks with that cookie; gives the answer and the cookie that goes on. */
async function ask(url: string, cookie = '', method = 'POST'): Promise<{ body: unknown; cookie: string }> {
  const response = await fetch(url, { method, headers: { cookie } })
  const [given] = response.headers.getSetCookie()
  return { body: await response.json(), cookie: given?.split(';', 1)[0] ?? cookie }
}

const clients = 8
const rounds = 12

describe.each(Object.keys(stores))('express-session on %s, two applications', name => {
  test('8 clients who count in one session at once lose nothing: of declared counters, and of what is each one’s own', async () => {
    const { urls, errors } = await applications(name)
    const { cookie } = await ask(`${urls[0]}/count/first`)
    // In rounds: each application gets its turn, however busy the machine is.
    for (let round = 0; round < rounds; round++) {
      await Promise.all(
        Array.from({ length: clients }, (_, client) => ask(`${urls[client % 2]}/count/${client}`, cookie)),
      )
    }
    expect(errors).toEqual([])
    const own = Object.fromEntries(Array.from({ length: clients }, (_, client) => [client, rounds]))
    for (const url of urls) {
      const { body } = await ask(`${url}/`, cookie, 'GET')
      expect(body).toEqual({ hits: clients * rounds + 1, own: { first: 1, ...own } })
    }
  })

  test('a save that ends after a logout at the other application never brings the session back', async () => {
    const { urls, slow, scopes } = await applications(name)
    const { cookie } = await ask(`${urls[0]}/count/first`)
    const saved = ask(`${urls[0]}/slow`, cookie)
    await slow.reached
    await ask(`${urls[1]}/logout`, cookie)
    slow.open()
    await saved
    for (const url of urls) expect((await ask(`${url}/`, cookie, 'GET')).body).toEqual({})
    const id =
      decodeURIComponent(cookie)
        .replace(/^connect\.sid=s:/, '')
        .split('.', 1)[0] ?? ''
    expect((await scopes.open(Visit, id)).isStored).toBe(false)
  })

  test('a request that only reads writes nothing', async () => {
    const { urls, mutations } = await applications(name)
    const { cookie } = await ask(`${urls[0]}/count/first`)
    const before = mutations()
    expect((await ask(`${urls[1]}/`, cookie, 'GET')).body).toEqual({ hits: 1, own: { first: 1 } })
    expect(mutations()).toBe(before)
  })
})
