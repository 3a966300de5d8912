import { InvalidArgumentError } from '../errors.ts'

/** Names one scope. One document per key. */
export interface ScopeKey {
  readonly application: string
  readonly kind: string
  readonly id: string
}

/** The most bytes of UTF-8 that a document key may have. */
export const maxKeyBytes = 246

const namePattern = /^[A-Za-z0-9._-]+$/
const reservedKinds: ReadonlySet<string> = new Set(['lock', 'index', 'end'])
const encoder = new TextEncoder()

/**
 * The key under which a scope is stored: `kind:application:id`. It is injective because kind and application hold no colon.
 * @throws InvalidArgumentError when a part is not allowed or the key is over 246 bytes of UTF-8.
 */
export function documentKey(key: ScopeKey): string {
  checkName('kind', key.kind)
  checkName('application', key.application)
  checkId(key)
  const text = `${key.kind}:${key.application}:${key.id}`
  if (text.length * 3 > maxKeyBytes && encoder.encode(text).length > maxKeyBytes) {
    throw new InvalidArgumentError(
      `The key of ${key.kind} scope "${key.id.slice(0, 20)}…" is over ${maxKeyBytes} bytes: give it a shorter id.`,
    )
  }
  return text
}

/** The parts of a document key, or undefined when it is not the key of a scope. */
export function parseDocumentKey(text: string): ScopeKey | undefined {
  const first = text.indexOf(':')
  const second = text.indexOf(':', first + 1)
  if (first < 1 || second < first + 2) return undefined
  const kind = text.slice(0, first)
  const application = text.slice(first + 1, second)
  if (reservedKinds.has(kind) || !namePattern.test(kind) || !namePattern.test(application)) return undefined
  return { kind, application, id: text.slice(second + 1) }
}

/** @throws InvalidArgumentError unless `name` can be a kind or an application. */
export function checkName(what: 'kind' | 'application', name: unknown): void {
  if (typeof name !== 'string' || !namePattern.test(name)) {
    throw new InvalidArgumentError(`The ${what} ${JSON.stringify(name)} must consist of A-Z a-z 0-9 . _ and -.`)
  }
  if (what === 'kind' && reservedKinds.has(name)) {
    throw new InvalidArgumentError(`The kind "${name}" is reserved: choose another name.`)
  }
}

function checkId({ kind, id }: ScopeKey): void {
  if (typeof id !== 'string' || id === '') {
    throw new InvalidArgumentError(`The id of a ${kind} scope must be a string that is not empty.`)
  }
  if (/[\p{Cc}\p{Cs}]/u.test(id)) {
    throw new InvalidArgumentError(`The id of a ${kind} scope must hold no control characters and no lone surrogates.`)
  }
}
