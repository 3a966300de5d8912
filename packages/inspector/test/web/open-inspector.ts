import { once } from 'node:events'
import { type IncomingHttpHeaders, createServer, request } from 'node:http'
import { text } from 'node:stream/consumers'
import {
  type DocumentStore,
  type ScopeDefinition,
  type Scopes,
  counter,
  defineScope,
  memoryStore,
  openScopes,
} from '@scopes/core'
import { onTestFinished } from 'vitest'
import { type InspectorOptions, inspector } from '../../src/web/inspector.ts'

/** What a session of these tests holds. */
export interface PageState {
  hits: number
  last?: string
  cart: { sku: string; quantity: number }[]
}

/** Sessions with a policy, so that conflicts are decided. */
export const Session: ScopeDefinition<PageState> = defineScope({
  kind: 'session',
  initial: (): PageState => ({ hits: 0, cart: [] }),
  idle: '30m',
  merge: { hits: counter() },
})

/** An inspector that is served by a server of this process. */
export interface OpenedInspector {
  /** With the slash at its end. */
  readonly url: string
  readonly store: DocumentStore
  readonly scopes: Scopes
}

/** An inspector at `/inspector` on a store in memory, mounted beside scopes of that store; all is closed when the test is over. */
export async function openInspector(options: Partial<InspectorOptions> = {}): Promise<OpenedInspector> {
  const store = options.store ?? memoryStore()
  const scopes = await openScopes({ application: 'shop', store, process: 'worker-1', reaper: false })
  const handle = inspector({ store, scopes, path: '/inspector', ...options })
  const server = createServer((asked, answer) => handle(asked, answer))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    handle.close()
    server.close()
    server.closeAllConnections()
    await scopes.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.')
  return { url: `http://127.0.0.1:${address.port}/inspector/`, store, scopes }
}

/** What was answered. */
export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** How something is asked for. */
export interface Asking {
  readonly method?: string
  /** Its Host may be another one than that of the address. */
  readonly headers?: Record<string, string>
  /** What stands in the request in place of the path of the address: as it is, with its dots. */
  readonly path?: string
}

/** One request. */
export async function ask(url: string, { method = 'GET', headers = {}, path }: Asking = {}): Promise<Answered> {
  const sent = request(url, { method, headers, agent: false, ...(path !== undefined && { path }) })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage]
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) }
}

/** What an address of the interface says. */
export async function askData<T>(url: string): Promise<T> {
  const { status, body } = await ask(url)
  if (status !== 200) throw new Error(`${status}: ${body}`)
  return JSON.parse(body) as T
}
