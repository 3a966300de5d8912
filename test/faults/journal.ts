import {
  type DocumentStore,
  type ScopeDefinition,
  type Scopes,
  defineScope,
  memoryStore,
  openScopes,
} from '@scopes/core'
import { type FaultStore, faultStore } from '@scopes/testing'

/** A scope that lists what was written to it, so that nothing can be lost or doubled unseen. */
export interface Log {
  entries: string[]
}

export const Journal: ScopeDefinition<Log> = defineScope({
  kind: 'journal',
  initial: (): Log => ({ entries: [] }),
  idle: '30m',
})

/** Two processes on one store, one of them behind faults. */
export interface World {
  readonly inner: DocumentStore
  readonly faulty: FaultStore
  /** Process A is behind the faults. */
  readonly a: Scopes
  /** Process B is not. */
  readonly b: Scopes
}

export async function world(commitTimeoutMs = 60): Promise<World> {
  const inner = memoryStore()
  const faulty = faultStore(inner)
  const options = { application: 'shop', reaper: false, commitTimeoutMs }
  const a = await openScopes({ ...options, store: faulty, process: 'A' })
  return { inner, faulty, a, b: await openScopes({ ...options, store: inner, process: 'B' }) }
}

export async function entriesOf(scopes: Scopes): Promise<readonly string[]> {
  return (await scopes.open(Journal, 'j')).value.entries
}

export async function add(scopes: Scopes, entry: string): Promise<void> {
  await (await scopes.open(Journal, 'j')).update(draft => void draft.entries.push(entry))
}

/** Goes on when a request has left the process and not arrived. */
export async function isLate({ faults }: FaultStore): Promise<void> {
  while (faults.lateRequests === 0) await Promise.resolve()
}
