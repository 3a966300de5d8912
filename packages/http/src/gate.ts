import { InvalidArgumentError, type Scopes } from '@scopes/core'
import { checkDefinitions, checkKnown, checkScopes } from './check-parts.ts'
import { type GateParts, GateRequest } from './gate-request.ts'
import type { Definitions, GateOptions } from './options.ts'
import { scopeCookiesOf } from './scope-cookies.ts'
import { placesOf } from './scope-place.ts'
import type { RequestMeta, ScopeRequest } from './scope-request.ts'

/** Scopes for requests, whatever the framework: cookies in, cookies out, one load and at most one commit per scope. */
export interface ScopeGate<D extends Definitions, R extends ScopeRequest<D> = ScopeRequest<D>> {
  /** Begins a request with its Cookie header. Nothing is read before a scope is asked for. */
  begin(cookieHeader: string | undefined, meta: RequestMeta): R
}

/** Those of `GateOptions`, and of `RequestOptions`, which adapters take beside them. */
const knownOptions: ReadonlySet<string> = new Set([
  'cookie',
  'cookies',
  'places',
  'commitWhen',
  'now',
  'isSecure',
  'renew',
  'ids',
  'requestId',
])

/**
 * The gate that every adapter stands on. An adapter calls `begin`, hands out what `open` gives, awaits `beforeHeaders` before
 * the head leaves, and appends `setCookies()` to it in that instant.
 * @throws InvalidArgumentError that names the option which no browser would accept.
 */
export function createGate<const D extends Definitions>(
  scopes: Scopes,
  definitions: D,
  options: GateOptions<D> = {},
): ScopeGate<D> {
  const { commitWhen = isBelow500, now = Date.now } = options
  if (typeof commitWhen !== 'function')
    throw new InvalidArgumentError(
      'commitWhen must be a function of the status of the response that says whether drafts are committed.',
    )
  checkScopes('A gate', scopes)
  checkDefinitions(definitions)
  checkKnown('A gate', options, knownOptions)
  const places = placesOf(scopes, definitions, options.places)
  const cookies = scopeCookiesOf(definitions, places, options)
  const parts: GateParts<D> = { places, definitions, cookies, commitWhen, now, hasReportedInsecure: false }
  return { begin: (cookieHeader, meta) => new GateRequest(parts, cookieHeader, meta) }
}

function isBelow500(status: number): boolean {
  return status < 500
}
