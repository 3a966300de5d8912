import {
  type Clock,
  type DocumentStore,
  type FeedStatus,
  type OpenScopesOptions,
  type ScopeDefinition,
  type Scopes,
  defineScope,
  memoryStore,
  openScopes,
} from '@scopes/core'
import { observedStore } from '@scopes/testing'
import { filter, firstValueFrom } from 'rxjs'
import { onTestFinished } from 'vitest'
import { type Replicas, type ReplicasOptions, replicas } from '../src/index.ts'

export interface Visit {
  hits: number
  user?: string | undefined
}

export const Session: ScopeDefinition<Visit> = defineScope({ kind: 'session', initial: (): Visit => ({ hits: 0 }) })
export const Client: ScopeDefinition<Visit> = defineScope({ kind: 'client', initial: (): Visit => ({ hits: 0 }) })

/** A process with replicas, and how often it has asked the store. */
export interface Reader {
  readonly scopes: Scopes
  readonly cache: Replicas
  /** Loads since it was opened, or since this was set to 0. */
  loads: number
}

/** Opens scopes that are closed at the end of the test; the store is not, because others may use it. */
export async function open(
  store: DocumentStore,
  options: Partial<OpenScopesOptions> & { readonly clock?: Clock } = {},
): Promise<Scopes> {
  const scopes = await openScopes({ application: 'shop', ...options, store: unclosed(store) })
  onTestFinished(() => scopes.close())
  return scopes
}

/** A process that reads its sessions from replicas. It is live when this resolves, unless `awaitsLive` is false. */
export async function openReader(
  store: DocumentStore,
  {
    awaitsLive = true,
    cached = {},
    ...options
  }: Partial<OpenScopesOptions> & { readonly awaitsLive?: boolean; readonly cached?: ReplicasOptions } = {},
): Promise<Reader> {
  // By the clock of this machine nothing is ever late: no test is about how fast it is.
  const cache = replicas({ ...(options.clock ? undefined : { maxLagMs: 1_000_000 }), ...cached })
  const counts = { loads: 0 }
  const counting: DocumentStore = {
    ...unclosed(store),
    load: (key, asked) => {
      counts.loads++
      return store.load(key, asked)
    },
  }
  const scopes = await open(counting, { cluster: false, cache, ...options })
  const reader: Reader = Object.assign(counts, { scopes, cache })
  if (awaitsLive) await until(scopes, 'live')
  reader.loads = 0
  return reader
}

/** Resolves when the reading of the feed is in this state. */
export async function until(scopes: Scopes, type: FeedStatus['type']): Promise<FeedStatus> {
  return firstValueFrom(scopes.status$.pipe(filter(status => status.type === type)))
}

/** A process that writes, on a memory store of its own unless one is given. */
export async function openWriter(store: DocumentStore = memoryStore()): Promise<{
  readonly store: DocumentStore
  readonly writer: Scopes
  /** Adds to the hits of a session. */
  readonly hit: (id: string, hits?: number) => Promise<string>
}> {
  const writer = await open(store)
  const hit = async (id: string, hits = 1): Promise<string> => {
    const session = await writer.open(Session, id)
    await session.update(draft => void (draft.hits += hits))
    return session.stamp ?? ''
  }
  return { store, writer, hit }
}

/** The store, which is not closed with the scopes that use it: others go on. */
function unclosed(store: DocumentStore): DocumentStore {
  return { ...observedStore(store, {}), close: () => Promise.resolve() }
}
