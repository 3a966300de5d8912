import { InvalidArgumentError, type ScopeDefinition } from '@scopes/core'
import { checkKnown } from './check-parts.ts'
import type { ScopePlaces } from './scope-place.ts'
import { clearCookie, writeCookie } from './write-cookie.ts'

/** The scopes of a gate by the names under which handlers ask for them. */
export type Definitions = Readonly<Record<string, ScopeDefinition>>

/** The attributes of a cookie. */
export interface CookieOptions {
  /** Default `/`. */
  readonly path?: string | undefined
  /** Default: none, which is the host that answers and no other. */
  readonly domain?: string | undefined
  /**
   * `auto` (default): the cookie has Secure when the request came by https, as the framework sees it. `true`: always; a
   * request that does not look like https is reported, for its browser may refuse the cookie. `false`: never.
   */
  readonly secure?: boolean | 'auto' | undefined
  /** Default `lax`. `none` needs `secure: true`. */
  readonly sameSite?: 'lax' | 'strict' | 'none' | undefined
  /** Default true: scripts of the page cannot read the id. */
  readonly httpOnly?: boolean | undefined
  /** Default false. Needs `secure: true`. */
  readonly partitioned?: boolean | undefined
  /**
   * When the browser forgets the cookie. `browser`: when it is closed. `scope`: when the scope ends; the line is sent again
   * when its deadline is renewed. A number: milliseconds. Default: `scope` for the kind `client`, else `browser`.
   */
  readonly maxAge?: 'browser' | 'scope' | number | undefined
  /**
   * Secrets that sign the id, each of at least 16 characters: the first signs, all verify, so that a new one can be put in
   * front and the old one taken away later. A cookie that none of them has signed counts as none. Default: not signed; an id is
   * 128 bits of chance that nobody can guess.
   */
  readonly keys?: readonly string[] | undefined
}

/** The cookie of one scope. */
export interface NamedCookieOptions extends CookieOptions {
  /** Default: the name of the scope in the gate. Where memory answers for the scope, `<name>.stamp` is used beside it. */
  readonly name?: string | undefined
}

/** Options of a gate, the same in every framework. */
export interface GateOptions<D extends Definitions = Definitions> {
  /** For the cookies of all scopes. */
  readonly cookie?: CookieOptions | undefined
  /** For the cookie of one scope: what is said here goes before `cookie`. */
  readonly cookies?: { readonly [K in keyof D]?: NamedCookieOptions } | undefined
  /** Where scopes are that are not each visitor's own, or are in another store. */
  readonly places?: ScopePlaces<D> | undefined
  /** Whether an answer with this status stores the changes of the request's drafts. Default: below 500. */
  readonly commitWhen?: ((status: number) => boolean) | undefined
  /** Milliseconds since 1970, for the age of a rotation and of cookies. Default: the clock of this machine. */
  readonly now?: (() => number) | undefined
}

/** A cookie with every attribute decided. */
export interface Cookie {
  readonly name: string
  readonly path: string
  readonly domain: string | undefined
  readonly secure: boolean | 'auto'
  readonly sameSite: 'lax' | 'strict' | 'none'
  readonly httpOnly: boolean
  readonly partitioned: boolean
  readonly maxAge: 'browser' | 'scope' | number
  readonly keys: readonly string[] | undefined
}

/** What handlers cannot call a scope: properties of the function that the frameworks are given, and what they look for. */
const reservedNames: ReadonlySet<string> = new Set(['of', 'with', 'then', 'handle'])

const knownAttributes: ReadonlySet<string> = new Set([
  'path',
  'domain',
  'secure',
  'sameSite',
  'httpOnly',
  'partitioned',
  'maxAge',
  'keys',
])

/**
 * The cookie of each scope.
 * @throws InvalidArgumentError that names the option a browser, or the library that writes cookies, would refuse.
 */
export function cookiesOf<D extends Definitions>(
  definitions: D,
  options: Pick<GateOptions<D>, 'cookie' | 'cookies'>,
): ReadonlyMap<string, Cookie> {
  checkKnown('cookie', options.cookie, knownAttributes)
  const cookies = new Map<string, Cookie>()
  const taken = new Set<string>()
  for (const [scopeName, definition] of Object.entries(definitions)) {
    if (reservedNames.has(scopeName))
      throw new InvalidArgumentError(
        `A scope cannot be called "${scopeName}": the gate has something else of that name. Choose another.`,
      )
    checkKnown(`cookies.${scopeName}`, options.cookies?.[scopeName], new Set(['name', ...knownAttributes]))
    const cookie = {
      ...defaultsOf(scopeName, definition),
      ...given(options.cookie),
      ...given(options.cookies?.[scopeName]),
    }
    check(scopeName, cookie)
    if (taken.has(cookie.name))
      throw new InvalidArgumentError(
        `Two scopes have the cookie name "${cookie.name}": give cookies.<scope>.name to one of them.`,
      )
    taken.add(cookie.name)
    cookies.set(scopeName, cookie)
  }
  const stranger = Object.keys(options.cookies ?? {}).find(name => !cookies.has(name))
  if (stranger !== undefined)
    throw new InvalidArgumentError(
      `cookies.${stranger} belongs to no scope of the gate; it has ${[...cookies.keys()].join(', ')}.`,
    )
  return cookies
}

function defaultsOf(name: string, { kind }: ScopeDefinition): Cookie {
  return {
    name,
    path: '/',
    domain: undefined,
    secure: 'auto',
    sameSite: 'lax',
    httpOnly: true,
    partitioned: false,
    maxAge: kind === 'client' ? 'scope' : 'browser',
    keys: undefined,
  }
}

/** An option that is undefined is not given: it must not hide the default. */
function given(options: NamedCookieOptions = {}): Partial<Cookie> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function check(scopeName: string, cookie: Cookie): void {
  const { name, path, domain, secure, sameSite, httpOnly, partitioned, maxAge, keys } = cookie
  const refuse = (option: string, must: string): never => {
    throw new InvalidArgumentError(`The cookie of "${scopeName}": ${option} ${must}.`)
  }
  if (typeof name !== 'string' || name === '') refuse('name', 'must be a text that is not empty')
  if (typeof path !== 'string' || !path.startsWith('/')) refuse('path', 'must begin with "/"')
  if (domain !== undefined && (typeof domain !== 'string' || domain === '')) refuse('domain', 'must be a domain name')
  if (secure !== 'auto' && typeof secure !== 'boolean') refuse('secure', 'must be true, false or "auto"')
  if (!['lax', 'strict', 'none'].includes(sameSite)) refuse('sameSite', 'must be "lax", "strict" or "none"')
  if (typeof httpOnly !== 'boolean') refuse('httpOnly', 'must be true or false')
  if (typeof partitioned !== 'boolean') refuse('partitioned', 'must be true or false')
  if (maxAge !== 'browser' && maxAge !== 'scope' && !(Number.isFinite(maxAge) && maxAge > 0)) {
    refuse('maxAge', 'must be "browser", "scope" or a positive number of milliseconds')
  }
  if (keys !== undefined && !isKeys(keys)) refuse('keys', 'must be a list of texts of at least 16 characters')
  if (secure !== true) {
    if (/^__(?:Host|Secure)-/i.test(name)) refuse('name', `"${name}" needs secure: true`)
    if (sameSite === 'none') refuse('sameSite', '"none" needs secure: true')
    if (partitioned) refuse('partitioned', 'needs secure: true')
  }
  if (/^__Host-/i.test(name) && (path !== '/' || domain !== undefined)) {
    refuse('name', `"${name}" needs the path "/" and no domain`)
  }
  try {
    writeCookie(cookie, 'id', true, Infinity)
    clearCookie(cookie, true)
  } catch (cause) {
    throw new InvalidArgumentError(`The cookie of "${scopeName}": ${(cause as Error).message}.`, { cause })
  }
}

function isKeys(keys: unknown): boolean {
  return Array.isArray(keys) && keys.length > 0 && keys.every(key => typeof key === 'string' && key.length >= 16)
}
