import { InvalidArgumentError } from '@scopes/core'
import type { NamedCookieOptions } from '@scopes/http'
import type { ScopeCookieSettings } from './settings.ts'
import { timeSpanMs } from './time-span.ts'

/**
 * The cookie as the gate takes it; the gate checks the rest.
 * @throws InvalidArgumentError when the cookie is to be for a domain and none is named.
 */
export function cookieOf(
  setting: string,
  { timeout, domain, ...cookie }: ScopeCookieSettings,
  { isForDomain, usualName }: { readonly isForDomain: boolean; readonly usualName: string },
): NamedCookieOptions {
  if (isForDomain && domain === undefined) {
    throw new InvalidArgumentError(`setDomainCookies needs ${setting}.domain: which domain the cookie is for.`)
  }
  const maxAge = timeout === undefined ? {} : { maxAge: timeSpanMs(`${setting}.timeout`, timeout) }
  return { name: usualName, ...cookie, ...maxAge, ...(domain !== undefined && { domain }) }
}
