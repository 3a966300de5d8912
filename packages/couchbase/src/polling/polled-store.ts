import type { StoredDocument, StoreToken } from '@scopes/core'

/** Where a polling feed looks: the store that it belongs to. Both reject with StoreUnavailableError. */
export interface PolledStore {
  /** The token of the document; undefined: there is none. Costs the same however large the document is. */
  peek(key: string, signal: AbortSignal): Promise<StoreToken | undefined>

  /** The document; undefined: there is none. */
  load(key: string, signal: AbortSignal): Promise<StoredDocument | undefined>
}
