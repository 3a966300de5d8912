import {
  type Immutable,
  InvalidArgumentError,
  type PathSize,
  ScopeTooLargeError,
  packState,
  unpackState,
} from '@scopes/core'
import { type Cookie, clearCookie, readCookies, writeCookie } from '@scopes/http'
import { type CookieRefusedMessage, cfmlDiagnostics } from '../diagnostics.ts'
import { type SealKeys, type SealPurpose, openSeal, seal, sealKeys, sealedLength } from './seal.ts'

/** The most characters of name and value together: what ColdFusion allows, and every browser keeps. */
const defaultLimit = 4000

/** Below this part of its life a cookie is written anew by a request that uses it. */
const renewBelow = 0.9

/** How values are kept in the visitors' cookies. */
export interface CookieStorageOptions<S extends object> {
  readonly application: string
  /** Name and attributes. Its `keys` are not used, and its life is `timeoutMs`. */
  readonly cookie: Cookie
  /** The first seals, all open: a new one is put in front, and the old one taken away when its cookies have been renewed. */
  readonly keys: readonly string[]
  /** How long a visitor may stay away. Counted by the server, whatever the browser does. */
  readonly timeoutMs: number
  /** The most characters of name and value; default 4000. */
  readonly limit?: number | undefined
  readonly initial: () => S
  /** What need not be kept: such a state gets no cookie. */
  readonly isEmpty: (state: Immutable<S>) => boolean
  readonly newId: () => string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What a request has brought. */
export interface BroughtState<S> {
  readonly id: string
  readonly state: Immutable<S>
  /** It should be written anew, also without a change: its key is an old one, or its life runs out. */
  readonly isDue: boolean
}

/** Reads and writes the cookies that the client scopes of an application are kept in. */
export class CookieStorage<S extends object> {
  readonly initial: () => S
  readonly isEmpty: (state: Immutable<S>) => boolean
  readonly newId: () => string
  readonly #cookie: Cookie
  readonly #keys: SealKeys
  readonly #purpose: SealPurpose
  readonly #limit: number
  readonly #timeoutMs: number
  readonly #now: () => number

  constructor(options: CookieStorageOptions<S>) {
    const { application, cookie, timeoutMs, limit = defaultLimit, initial, isEmpty, newId, now } = options
    this.initial = initial
    this.isEmpty = isEmpty
    this.newId = newId
    this.#cookie = { ...cookie, keys: undefined, maxAge: 'scope' }
    this.#keys = sealKeys(checkedKeys(options.keys))
    this.#purpose = { application, cookie: cookie.name }
    this.#limit = limit
    this.#timeoutMs = timeoutMs
    this.#now = now
  }

  get name(): string {
    return this.#cookie.name
  }

  /**
   * The first of the cookies in this header that can be opened and is not over; undefined: there is none. What cannot be opened
   * is told on `scopes:cfml-cookie-refused`, and left where it is.
   */
  read(header: string | undefined): BroughtState<S> | undefined {
    for (const text of readCookies(header, this.name)) {
      const opened = openSeal(text, this.#purpose, this.#keys)
      if (opened.type === 'refused') this.#refuse(opened.reason)
      else {
        const brought = this.#unpack(opened.bytes, opened.isOutdated)
        if (brought) return brought
      }
    }
    return undefined
  }

  /**
   * The Set-Cookie line that keeps the state.
   * @throws ScopeTooLargeError when name and value are over the limit
   * @throws InvalidStateError when a value cannot be kept
   */
  written(id: string, state: Immutable<S>, isSecure: boolean): string {
    const bytes = packState({ id, until: this.#now() + this.#timeoutMs, state })
    const size = this.name.length + sealedLength(bytes.length)
    if (size > this.#limit) throw this.#tooLarge(size, state)
    return writeCookie(this.#cookie, seal(bytes, this.#purpose, this.#keys), this.#isSecure(isSecure), this.#timeoutMs)
  }

  /** The line that makes the browser forget the cookie. */
  cleared(isSecure: boolean): string {
    return clearCookie(this.#cookie, this.#isSecure(isSecure))
  }

  #isSecure(isSecure: boolean): boolean {
    return this.#cookie.secure === 'auto' ? isSecure : this.#cookie.secure
  }

  #unpack(bytes: Uint8Array, isOutdated: boolean): BroughtState<S> | undefined {
    try {
      const { id, until, state } = unpackState(bytes)
      if (typeof id !== 'string' || typeof until !== 'number' || typeof state !== 'object' || state === null) {
        return this.#refuse('unreadable')
      }
      const leftMs = until - this.#now()
      if (leftMs <= 0) return this.#refuse('expired')
      return { id, state: state as Immutable<S>, isDue: isOutdated || leftMs < renewBelow * this.#timeoutMs }
    } catch {
      // Sealed by this application, so by a version that packed otherwise.
      return this.#refuse('unreadable')
    }
  }

  #refuse(reason: CookieRefusedMessage['reason']): undefined {
    cfmlDiagnostics.cookieRefused.publish({ cookie: this.name, reason })
  }

  #tooLarge(bytes: number, state: Immutable<S>): ScopeTooLargeError {
    const biggest = biggestOf(state)
    const named = biggest.map(({ path, bytes: size }) => `${String(path[0])} (${size})`).join(', ')
    return new ScopeTooLargeError(
      `The client scope does not fit into the cookie "${this.name}": ${bytes} characters, and ${this.#limit} are allowed. The biggest parts: ${named}. Keep less, or set clientStorage to a store.`,
      { bytes, limit: this.#limit, biggest },
    )
  }
}

/** @throws InvalidArgumentError unless there are keys, each of at least 16 characters */
function checkedKeys(keys: readonly string[]): readonly [string, ...string[]] {
  const [first, ...older] = Array.isArray(keys) ? (keys as readonly unknown[]) : []
  if (isKey(first) && older.every(isKey)) return [first, ...older]
  throw new InvalidArgumentError('The keys of the client cookie must be a list of texts of at least 16 characters.')
}

function isKey(key: unknown): key is string {
  return typeof key === 'string' && key.length >= 16
}

function biggestOf(state: object): readonly PathSize[] {
  return Object.entries(state)
    .map(([key, value]) => ({ path: [key], bytes: packState({ value: value as unknown }).length }))
    .toSorted((left, right) => right.bytes - left.bytes)
    .slice(0, 3)
}
