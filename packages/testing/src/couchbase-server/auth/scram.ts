import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

/** How a password is hashed in an exchange of RFC 5802. */
export type ScramHash = 'sha1' | 'sha256' | 'sha512'

/** What the server keeps of a password, for one hash. */
export interface ScramSecret {
  readonly salt: Buffer
  readonly iterations: number
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

/** An exchange that has begun: the server has sent `serverFirst` and waits for the client's proof. */
export interface ScramExchange {
  readonly hash: ScramHash
  readonly user: string
  /** The client's first message without its GS2 header. */
  readonly clientFirst: string
  readonly serverFirst: string
  readonly nonce: string
  readonly secret: ScramSecret
}

const ITERATIONS = 4096

export function scramSecret(hash: ScramHash, password: string, salt: Buffer): ScramSecret {
  const length = createHash(hash).digest().length
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, length, hash)
  const clientKey = hmac(hash, salted, 'Client Key')
  return {
    salt,
    iterations: ITERATIONS,
    storedKey: createHash(hash).update(clientKey).digest(),
    serverKey: hmac(hash, salted, 'Server Key'),
  }
}

/** Begins an exchange; undefined when the message is no client-first message. `secretOf` gives one for any name. */
export function beginScram(
  hash: ScramHash,
  message: string,
  secretOf: (user: string) => ScramSecret,
): ScramExchange | undefined {
  // A client's nonce may hold blanks and odd characters, but no comma.
  const match = /^(?:n|y|p=[^,]*),[^,]*,(n=([^,]*),r=([^,]+).*)$/s.exec(message)
  const [, clientFirst, name, clientNonce] = match ?? []
  if (clientFirst === undefined || name === undefined || clientNonce === undefined) return undefined
  const user = name.replaceAll('=2C', ',').replaceAll('=3D', '=')
  const secret = secretOf(user)
  const nonce = clientNonce + randomBytes(8).toString('hex')
  const serverFirst = `r=${nonce},s=${secret.salt.toString('base64')},i=${secret.iterations}`
  return { hash, user, clientFirst, serverFirst, nonce, secret }
}

/** The server's last message when the client's proves that it knows the password, else undefined. */
export function endScram(exchange: ScramExchange, message: string): string | undefined {
  const { hash, secret } = exchange
  const proofAt = message.lastIndexOf(',p=')
  const withoutProof = message.slice(0, proofAt)
  const nonce = /(?:^|,)r=([^,]*)/s.exec(withoutProof)?.[1]
  if (proofAt < 0 || nonce !== exchange.nonce) return undefined
  const signed = `${exchange.clientFirst},${exchange.serverFirst},${withoutProof}`
  const proof = Buffer.from(message.slice(proofAt + 3), 'base64')
  const signature = hmac(hash, secret.storedKey, signed)
  if (proof.length !== signature.length) return undefined
  const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)))
  if (!timingSafeEqual(createHash(hash).update(clientKey).digest(), secret.storedKey)) return undefined
  return `v=${hmac(hash, secret.serverKey, signed).toString('base64')}`
}

function hmac(hash: ScramHash, key: Buffer, text: string): Buffer {
  return createHmac(hash, key).update(text).digest()
}
