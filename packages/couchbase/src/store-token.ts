import type { StoreToken } from '@scopes/core'

/** The token of a CAS as the SDK gives it: a number of 64 bits, written in decimal. */
export function tokenOf(cas: { toString(): string }): StoreToken {
  return BigInt(cas.toString()) as StoreToken
}

/**
 * What a plain read answers instead of the CAS while another client holds the document by GETL. It is no token: nobody
 * can write with it, and it would be taken for the newest of all.
 */
export const lockedCas: bigint = 2n ** 64n - 1n

/**
 * The CAS to be sent for a token, in decimal. A token that no server can have handed out becomes 1, which no document has:
 * 0 would ask for no check at all.
 */
export function casOf(token: StoreToken): string {
  return String(token > 0n && token < lockedCas ? token : 1n)
}

/** The least token that is greater: of a removal whose own is not known, that is as great or greater. */
export function tokenAfter(token: StoreToken): StoreToken {
  return (token + 1n) as StoreToken
}
