import { type Scopes, memoryStore, openScopes } from '@scopes/core'

/** Scopes with the settings that a newcomer gets, in memory as the sessions of the usual libraries. */
export function benchScopes(): Promise<Scopes> {
  return openScopes({ application: 'bench', store: memoryStore() })
}
