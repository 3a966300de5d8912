import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type DocumentStore, type ScopeDefinition, defineScope, openScopes } from '@scopes/core'
import { expressScopes } from '@scopes/http/express'
import { sendEvents } from '@scopes/http/sse'
import { replicas } from '@scopes/sync'
import { type FaultControls, faultStore } from '@scopes/testing'
import express from 'express'
import { firstValueFrom } from 'rxjs'
import { filter } from 'rxjs/operators'
import { onTestFinished } from 'vitest'

/** What a session of these tests holds. */
export interface Visit {
  hits: number
  user?: string
}

/** One of the nodes of a web application; it reads its sessions from replicas. */
export interface WebNode {
  readonly url: URL
  /** Of its store and its feed. */
  readonly faults: FaultControls
}

const Session: ScopeDefinition<Visit> = defineScope({ kind: 'session', initial: (): Visit => ({ hits: 0 }) })

/** A node on the store; its feed is live. It is closed at the end of the test. */
export async function openWebNode(shared: DocumentStore): Promise<WebNode> {
  const store = faultStore(shared)
  // However slow the machine is: no test is about the time that passes.
  const cache = replicas({ maxLagMs: 1_000_000 })
  const scopes = await openScopes({ application: 'shop', store, cluster: false, cache })
  await firstValueFrom(scopes.status$.pipe(filter(({ type }) => type === 'live')))
  const web = expressScopes(scopes, { session: Session })
  const app = express()
  app.use(web)
  app.get('/read', async (request, response) => {
    response.json((await web.session(request)).value)
  })
  app.get('/events', async (request, response) => {
    const { scope } = await web.session(request)
    await sendEvents(request, response, scope, { project: ({ hits }) => hits })
  })
  app.post('/hit', async (request, response) => {
    const session = await web.session(request)
    await session.update(draft => void draft.hits++)
    response.json(session.value)
  })
  app.post('/login', async (request, response) => {
    const session = await web.session(request)
    await session.rotate()
    session.draft.user = 'Ada'
    response.json(session.value)
  })
  app.post('/logout', async (request, response) => {
    const session = await web.session(request)
    await session.end('logout')
    response.json({ hits: -1 })
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    store.faults.calm()
    server.close()
    server.closeAllConnections()
    await scopes.close()
  })
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), faults: store.faults }
}
