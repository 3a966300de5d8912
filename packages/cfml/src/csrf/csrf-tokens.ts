import { randomBytes, timingSafeEqual } from 'node:crypto'
import { InvalidArgumentError } from '@scopes/core'
import { csrfKey } from '../scope/system-values.ts'

/** What of a session is needed: `RequestScope` of @scopes/http and `Scope` of core are such. */
export interface CsrfSession {
  readonly value: object
  update(recipe: (draft: object) => unknown): Promise<unknown>
}

/** Which token of a session. */
export interface CsrfOptions {
  /** What the form is for, at most 256 characters. Default: the same for all. */
  readonly key?: string
  /** The session gets another token, and the one before is none any more. Default false. */
  readonly forceNew?: boolean
}

/** The longest key of a token, in characters: keys come from forms, and stay in the session. */
const longestKey = 256

/** The most keys that a session has tokens for. */
const mostTokens = 100

/**
 * The token of this session for `key`, to be put into a form: 40 hexadecimal characters of chance. The same one each time, in
 * parallel requests too, unless `forceNew` asks for another, which makes the old one invalid. A new token is stored before it
 * is returned.
 * @throws InvalidArgumentError for a key over 256 characters, or the 101st key of a session.
 */
export async function csrfGenerateToken(
  session: CsrfSession,
  { key = '', forceNew = false }: CsrfOptions = {},
): Promise<string> {
  if (!isKey(key)) {
    throw new InvalidArgumentError(`csrfGenerateToken: the key must be a text of at most ${longestKey} characters.`)
  }
  const known = forceNew ? undefined : tokenOf(session.value, key)
  if (known !== undefined) return known
  const fresh = randomBytes(20).toString('hex')
  let token = fresh
  // Not in the request's draft: two requests that both draw would overwrite each other, and one of two forms be refused. The
  // recipe of the second runs on what the first has stored.
  await session.update(draft => {
    const stored = forceNew ? undefined : tokenOf(draft, key)
    token = stored ?? fresh
    if (stored === undefined) putToken(draft as Record<string, unknown>, key, fresh)
  })
  return token
}

/**
 * Whether `token` is that of this session for `key`; case does not count, and the time it takes does not tell how much of it is
 * right. Never creates or changes anything.
 */
export function csrfVerifyToken(
  session: Pick<CsrfSession, 'value'>,
  token: string,
  { key = '' }: Pick<CsrfOptions, 'key'> = {},
): boolean {
  const known = isKey(key) ? tokenOf(session.value, key) : undefined
  if (known === undefined || typeof token !== 'string') return false
  const [expected, given] = [Buffer.from(known), Buffer.from(token.toLowerCase())]
  return expected.length === given.length && timingSafeEqual(expected, given)
}

function isKey(key: unknown): key is string {
  return typeof key === 'string' && key.length <= longestKey
}

/** A key is prefixed in the session, so that none is a reserved name. */
function tokenOf(state: object, key: string): string | undefined {
  const tokens: unknown = Object.hasOwn(state, csrfKey) ? (state as Record<string, unknown>)[csrfKey] : undefined
  if (typeof tokens !== 'object' || tokens === null || !Object.hasOwn(tokens, `k:${key}`)) return undefined
  const token = (tokens as Record<string, unknown>)[`k:${key}`]
  return typeof token === 'string' ? token : undefined
}

function putToken(state: Record<string, unknown>, key: string, token: string): void {
  const tokens = state[csrfKey]
  if (typeof tokens !== 'object' || tokens === null) {
    state[csrfKey] = { [`k:${key}`]: token }
    return
  }
  const isNew = !Object.hasOwn(tokens, `k:${key}`)
  if (isNew && Object.keys(tokens).length >= mostTokens) {
    throw new InvalidArgumentError(
      `csrfGenerateToken: the session has tokens for ${mostTokens} keys already: use fewer keys.`,
    )
  }
  ;(tokens as Record<string, unknown>)[`k:${key}`] = token
}
