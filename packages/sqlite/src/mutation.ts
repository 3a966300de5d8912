import type { MutationResult, StoreToken } from '@scopes/core'

/** One change of one document as it is handed to the database; deadlines in unix seconds. */
export type Mutation =
  | { readonly type: 'insert'; readonly key: string; readonly bytes: Uint8Array; readonly deadline: number | null }
  | { readonly type: 'append'; readonly key: string; readonly bytes: Uint8Array; readonly token: number }
  | {
      readonly type: 'replace'
      readonly key: string
      readonly bytes: Uint8Array
      readonly token: number
      readonly deadline: number | null
    }
  | { readonly type: 'remove'; readonly key: string; readonly token: number }

/** How one mutation of a transaction ended: with an answer, or with an error that is its alone. */
export type MutationOutcome =
  { readonly type: 'answered'; readonly result: MutationResult } | { readonly type: 'failed'; readonly error: unknown }

/** The token of a sequence number. */
export function tokenOf(seq: number): StoreToken {
  return BigInt(seq) as StoreToken
}

/** The sequence number of a token; 0, which no document has, for a token that this store cannot have handed out. */
export function seqOf(token: StoreToken): number {
  return token > 0n && token <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(token) : 0
}
