import type { StoredDocument, StoreToken } from '../document/stored-document.ts'
import type { ChangeFeed } from '../feed/change-feed.ts'

/** Options of every call: what finishes after an abort is thrown away by the store, never half delivered. */
export interface StoreCallOptions {
  readonly signal?: AbortSignal | undefined
}

/** Options of `load`. */
export interface LoadOptions<Known> extends StoreCallOptions {
  /** What the caller has of the document. While that is the newest the document itself need not travel. */
  readonly known?: Known | undefined
}

/** How a mutation is stored: as the store usually does, or as durably as it can (ends and rotations ask for that). */
export type Durability = 'usual' | 'strongest'

/** Options of a mutation. */
export interface MutationOptions extends StoreCallOptions {
  readonly durability?: Durability | undefined
}

/** Options of a mutation that writes the whole document. */
export interface WriteOptions extends MutationOptions {
  /** When the store may drop the document by itself: unix time in seconds. Absent: never. */
  readonly expiresAt?: number | undefined
  /**
   * In place of `expiresAt`: how many seconds after the write, by the clock of the store and of no client. For locks, whose
   * leases must not be cut short by a clock that is wrong (lease protocol `ttl-relative`).
   */
  readonly ttlSeconds?: number | undefined
}

/**
 * The answer to a mutation. `refused` is a definite no: this request was not executed and never will be.
 * `exists`: insert found a document. `stale`: the token is not the current one. `missing`: there is no document.
 */
export type MutationResult =
  | { readonly type: 'done'; readonly token: StoreToken }
  | { readonly type: 'refused'; readonly reason: 'exists' | 'stale' | 'missing' }

/** What a store can do; the contract suite tests what is declared here. */
export interface StoreCapabilities {
  /** Documents survive the end of the process. */
  readonly isPersistent: boolean
  /** Other processes can use the same documents at the same time. */
  readonly isShared: boolean
  /** `expiresAt` is honoured: the document is gone some time after it, and announced as `removed`. */
  readonly expires: boolean
  /** The largest document in bytes, or Infinity. */
  readonly maxDocumentBytes: number
}

/**
 * Where documents live: bytes by key, changed by compare-and-swap. The store knows nothing of scopes.
 *
 * Every method rejects with `StoreUnavailableError` when the store cannot be reached or fails; for a mutation its
 * `outcome` is `unknown` unless it is certain that the request was not and will not be executed. An adapter never
 * repeats a mutation by itself after it may have been executed (commit protocol T2). Keys are at most 246 bytes of UTF-8.
 */
export interface DocumentStore {
  readonly capabilities: StoreCapabilities

  /** The feed of this store's changes; undefined when it has none. */
  readonly feed: ChangeFeed | undefined

  /** Afterwards the store is usable. Idempotent; a failed opening is tried again by the next call. */
  open(options?: StoreCallOptions): Promise<void>

  /**
   * The document as it is now, or undefined when there is none (or it has expired). When its token is that of `known`, the
   * answer is that very object.
   */
  load<Known extends Pick<StoredDocument, 'token'> = never>(
    key: string,
    options?: LoadOptions<Known>,
  ): Promise<StoredDocument | NoInfer<Known> | undefined>

  /** Afterwards the document exists with these bytes; refused (`exists`) when there was one. Never overwrites. */
  insert(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<MutationResult>

  /** Afterwards the document is what it was followed by `bytes`. Its expiry stays. Refused: `stale`, `missing`. */
  append(key: string, bytes: Uint8Array, token: StoreToken, options?: MutationOptions): Promise<MutationResult>

  /** Afterwards the document is `bytes` with this expiry. Refused: `stale`, `missing`. */
  replace(key: string, bytes: Uint8Array, token: StoreToken, options?: WriteOptions): Promise<MutationResult>

  /** Afterwards there is no document. Refused: `stale`, `missing`. The result's token is that of the removal. */
  remove(key: string, token: StoreToken, options?: MutationOptions): Promise<MutationResult>

  /** Afterwards nothing of the store is in use: writes under way have been answered, feeds have ended. Idempotent. */
  close(): Promise<void>
}
