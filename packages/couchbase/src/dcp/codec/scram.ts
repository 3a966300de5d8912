import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { MalformedMessageError } from './malformed-message-error.ts'
import type { SaslMechanism } from './sasl.ts'

/** A mechanism that proves the password without showing it. */
export type ScramMechanism = Exclude<SaslMechanism, 'PLAIN'>

/** Who logs in. */
export interface ScramLogin {
  readonly mechanism: ScramMechanism
  readonly username: string
  readonly password: string
  /** Drawn for this exchange: printable ASCII without a comma, of at least 18 random bytes. */
  readonly nonce: string
}

/** The client's last message, and what the server must answer it. */
export interface ScramProof {
  readonly message: string
  readonly serverSignature: Buffer
}

/** More rounds than any server asks for: what is above would only keep this process busy. */
export const maxIterations = 250_000

/** RFC 5802: `n,,n=user,r=nonce`. */
export function clientFirstMessage(login: ScramLogin): string {
  return `n,,${bareFirst(login)}`
}

/**
 * The answer to `r=nonce,s=base64 salt,i=iterations`: `c=biws,r=nonce,p=base64 proof`.
 * @throws MalformedMessageError when the message is not so, when its nonce does not begin with ours (somebody else's
 * exchange), or when it asks for too many iterations
 */
export function clientFinalMessage(login: ScramLogin, serverFirst: string): ScramProof {
  const { nonce, salt, iterations } = parseServerFirst(login, serverFirst)
  const { hash, bytes } = digests[login.mechanism]
  const salted = pbkdf2Sync(login.password, salt, iterations, bytes, hash)
  const clientKey = hmac(hash, salted, 'Client Key')
  const withoutProof = `c=biws,r=${nonce}`
  const exchange = `${bareFirst(login)},${serverFirst},${withoutProof}`
  const signature = hmac(hash, createHash(hash).update(clientKey).digest(), exchange)
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)))
  return {
    message: `${withoutProof},p=${proof.toString('base64')}`,
    serverSignature: hmac(hash, hmac(hash, salted, 'Server Key'), exchange),
  }
}

/** Whether the server's last message, `v=base64 signature`, proves that it knows the password too. */
export function isServerProven({ serverSignature }: ScramProof, serverFinal: string): boolean {
  const [, base64] = /^v=([A-Za-z0-9+/]+=*)$/.exec(serverFinal) ?? []
  const given = Buffer.from(base64 ?? '', 'base64')
  return given.length === serverSignature.length && timingSafeEqual(given, serverSignature)
}

const digests = {
  'SCRAM-SHA512': { hash: 'sha512', bytes: 64 },
  'SCRAM-SHA256': { hash: 'sha256', bytes: 32 },
  'SCRAM-SHA1': { hash: 'sha1', bytes: 20 },
} as const

function bareFirst({ username, nonce }: ScramLogin): string {
  return `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`
}

function parseServerFirst(
  login: ScramLogin,
  message: string,
): { readonly nonce: string; readonly salt: Buffer; readonly iterations: number } {
  const [, nonce, salt, count] = /^r=([^,]+),s=([A-Za-z0-9+/]+=*),i=([1-9][0-9]{0,9})(?:,.*)?$/s.exec(message) ?? []
  if (nonce === undefined || salt === undefined) {
    throw new MalformedMessageError('The first message of the server in a SCRAM exchange cannot be read.')
  }
  if (!nonce.startsWith(login.nonce) || nonce.length === login.nonce.length) {
    throw new MalformedMessageError('The server answers another SCRAM exchange: its nonce does not continue ours.')
  }
  const iterations = Number(count)
  if (iterations > maxIterations) {
    throw new MalformedMessageError(`The server asks for ${iterations} iterations; ${maxIterations} are allowed.`)
  }
  return { nonce, salt: Buffer.from(salt, 'base64'), iterations }
}

function hmac(hash: string, key: Uint8Array, text: string): Buffer {
  return createHmac(hash, key).update(text).digest()
}
