/**
 * The store's compare-and-swap value. Never used twice for a key: not by a later life, not after a crash of the store.
 * Ordered per document within a branch of its partition: a later write has the greater one, a removal too.
 * (facts: commit protocol T1, replica protocol G1.)
 */
export type StoreToken = bigint & { readonly StoreToken: unique symbol }

/** Negative when `left` is the older token of the two, 0 when they are the same, positive when it is the newer. */
export function compareTokens(left: StoreToken, right: StoreToken): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** A document as the store holds it. */
export interface StoredDocument {
  /** The whole document. The caller may keep it: nobody writes to these bytes again. */
  readonly bytes: Uint8Array
  readonly token: StoreToken
}
