import { InvalidArgumentError, type OpenOptions, isStamp } from '@scopes/core'
import { type Cookie, type Definitions, type GateOptions, cookiesOf } from './options.ts'
import { readCookies } from './read-cookies.ts'
import type { DecidedPlace } from './scope-place.ts'

/** The cookies of one scope of a gate. */
export interface ScopeCookies {
  /** Names the scope. */
  readonly id: Cookie
  /**
   * Brings the stamp of what the visitor has written to the node that he asks next. Undefined where each request asks the store.
   * It is a cookie of its own: an answer that wrote and arrives after that of a rotation must not bring the old id back.
   */
  readonly stamp: Cookie | undefined
}

/**
 * The cookies of each scope; a scope that all visitors share has none.
 * @throws InvalidArgumentError as `cookiesOf`, and where the name that a stamp needs is taken.
 */
export function scopeCookiesOf<D extends Definitions>(
  definitions: D,
  places: ReadonlyMap<string, DecidedPlace>,
  options: Pick<GateOptions<D>, 'cookie' | 'cookies'>,
): ReadonlyMap<string, ScopeCookies> {
  const ids = cookiesOf(definitions, options)
  const taken = new Set([...ids.values()].map(({ name }) => name))
  const cookies = new Map<string, ScopeCookies>()
  for (const [scopeName, id] of ids) {
    const place = places.get(scopeName)
    if (place === undefined || place.sharedId !== undefined) continue
    const kind = definitions[scopeName]?.kind ?? ''
    const stamp = place.scopes.answersFromMemory(kind)
      ? { ...id, name: `${id.name}.stamp`, keys: undefined }
      : undefined
    if (stamp && taken.has(stamp.name)) {
      throw new InvalidArgumentError(
        `The cookie name "${stamp.name}" is needed beside "${id.name}" for stamps: choose another cookie name.`,
      )
    }
    cookies.set(scopeName, { id, stamp })
  }
  return cookies
}

/**
 * How fresh the scope of a request must be, by the stamps that it brings. What is none is passed over. Of several nobody can tell
 * which one is the visitor's own, so the store is asked.
 */
export function wantedFreshness(
  header: string | undefined,
  { stamp }: ScopeCookies,
): Pick<OpenOptions, 'atLeast' | 'maxStaleMs'> {
  if (stamp === undefined) return {}
  const [atLeast, ...others] = new Set(readCookies(header, stamp.name).filter(isStamp))
  return others.length > 0 ? { maxStaleMs: 0 } : { atLeast }
}
