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

/** The state of the tests' sessions. */
export interface SessionState {
  hits: number
  note: string
  user: string | undefined
}

export const Session: ScopeDefinition<SessionState, { user: string | undefined }> = defineScope({
  kind: 'session',
  initial: (): SessionState => ({ hits: 0, note: '', user: undefined }),
  idle: '30m',
  keepEnds: '1d',
  indexes: { user: state => state.user },
  merge: { hits: counter() },
})

/** Scopes of an application of their own, until the test has finished. */
export async function shop(
  application: string,
  options: { readonly store?: DocumentStore; readonly cluster?: boolean } = {},
): Promise<Scopes> {
  const { store = memoryStore(), cluster = true } = options
  const scopes = await openScopes({ application, store, cluster, reaper: false })
  onTestFinished(() => scopes.close())
  return scopes
}
