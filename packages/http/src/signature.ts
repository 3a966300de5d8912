import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'

/**
 * `value` with a signature: HMAC-SHA-256 over the name of the cookie and its value, after a dot. Not by WebCrypto, which cannot
 * answer in the instant in which a head is written.
 */
export function sign(name: string, value: string, key: string): string {
  return `${value}.${signatureOf(name, value, key)}`
}

/** What was signed, and the place of the key among `keys`; undefined when it is signed by none of them. */
export function verify(
  name: string,
  signed: string,
  keys: readonly string[],
): { readonly value: string; readonly keyIndex: number } | undefined {
  const dot = signed.lastIndexOf('.')
  if (dot < 0) return undefined
  const value = signed.slice(0, dot)
  const signature = signed.slice(dot + 1)
  const keyIndex = keys.findIndex(key => isSame(signature, signatureOf(name, value, key)))
  return keyIndex < 0 ? undefined : { value, keyIndex }
}

function signatureOf(name: string, value: string, key: string): string {
  const encoder = new TextEncoder()
  const bytes = hmac(sha256, encoder.encode(key), encoder.encode(`${name}=${value}`))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Takes as long whichever character differs. */
function isSame(left: string, right: string): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let index = 0; index < left.length; index++) difference |= left.charCodeAt(index) ^ right.charCodeAt(index)
  return difference === 0
}
