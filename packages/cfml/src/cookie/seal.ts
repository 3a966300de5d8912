import { randomBytes } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** A secret, as it is used: never itself, but what is derived from it for this purpose alone. */
interface SealKey {
  /** Names the key in what it has sealed. It tells nothing of the secret. */
  readonly id: Uint8Array
  readonly key: Uint8Array
}

/** What a seal is bound to: opened for anything else it is nothing. */
export interface SealPurpose {
  readonly application: string
  /** The name of the cookie. */
  readonly cookie: string
}

/** What became of a text that somebody brought. */
export type Opened =
  | {
      readonly type: 'opened'
      readonly bytes: Uint8Array
      /** It was sealed by a key that is not the first any more. */
      readonly isOutdated: boolean
    }
  | {
      readonly type: 'refused'
      /** `malformed`: cut, or no seal at all. `unknown-key`: of none of the keys. `forged`: changed, or for another purpose. */
      readonly reason: 'malformed' | 'unknown-key' | 'forged'
    }

const format = 1
const idBytes = 4
const nonceBytes = 24
const tagBytes = 16
const headBytes = 1 + idBytes + nonceBytes

/** Longer than any cookie that a browser keeps. */
const longestText = 8192

/** The keys of a list of secrets: the first seals, all open. */
export interface SealKeys {
  readonly first: SealKey
  readonly all: readonly SealKey[]
}

/** The keys of these secrets, in their order. */
export function sealKeys([first, ...older]: readonly [string, ...string[]]): SealKeys {
  const key = sealKey(first)
  return { first: key, all: [key, ...older.map(sealKey)] }
}

function sealKey(secret: string): SealKey {
  const derived = hkdf(sha256, Buffer.from(secret), undefined, Buffer.from('scopes cfml cookie 1'), idBytes + 32)
  return { id: derived.slice(0, idBytes), key: derived.slice(idBytes) }
}

/**
 * The bytes, so that only who has the key can read or change them: XChaCha20-Poly1305 with a nonce of chance, as base64url.
 * `format 1 · key id 4 · nonce 24 · sealed bytes · tag 16`; format, key id, application and cookie name are authenticated with them.
 */
export function seal(bytes: Uint8Array, purpose: SealPurpose, { first: { id, key } }: SealKeys): string {
  const nonce = randomBytes(nonceBytes)
  const sealed = xchacha20poly1305(key, nonce, boundTo(purpose, id)).encrypt(bytes)
  return Buffer.concat([Uint8Array.of(format), id, nonce, sealed]).toString('base64url')
}

/** How many characters `seal` makes of so many bytes. */
export function sealedLength(bytes: number): number {
  return Math.ceil(((headBytes + bytes + tagBytes) * 4) / 3)
}

/** What was sealed. Whatever the text is, this throws nothing. */
export function openSeal(text: string, purpose: SealPurpose, { all }: SealKeys): Opened {
  if (text.length > longestText || !/^[A-Za-z0-9_-]+$/u.test(text)) return { type: 'refused', reason: 'malformed' }
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length < headBytes + tagBytes || bytes[0] !== format) return { type: 'refused', reason: 'malformed' }
  const id = bytes.subarray(1, 1 + idBytes)
  const index = all.findIndex(candidate => Buffer.compare(candidate.id, id) === 0)
  const used = all[index]
  if (used === undefined) return { type: 'refused', reason: 'unknown-key' }
  try {
    const cipher = xchacha20poly1305(used.key, bytes.subarray(1 + idBytes, headBytes), boundTo(purpose, id))
    return { type: 'opened', bytes: cipher.decrypt(bytes.subarray(headBytes)), isOutdated: index > 0 }
  } catch {
    return { type: 'refused', reason: 'forged' }
  }
}

/** No part can run into the next: neither an application nor a cookie name holds a zero. */
function boundTo({ application, cookie }: SealPurpose, id: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(format), id, Buffer.from(`${application}\0${cookie}`)])
}
