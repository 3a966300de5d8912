import { type SetCookie, stringifySetCookie } from 'cookie'
import type { Cookie } from './options.ts'
import { sign } from './signature.ts'

/** Browsers keep no cookie longer than this: 400 days, in seconds. */
const longestSeconds = 400 * 86_400

/** The Set-Cookie line that gives the visitor `value`. `lifeMs`: how long the scope will live, Infinity for ever. */
export function writeCookie(cookie: Cookie, value: string, isSecure: boolean, lifeMs: number): string {
  const { maxAge } = cookie
  const lasting = maxAge === 'browser' ? {} : { maxAge: seconds(maxAge === 'scope' ? lifeMs : maxAge) }
  const key = cookie.keys?.[0]
  const signed = key === undefined ? value : sign(cookie.name, value, key)
  return stringifySetCookie({ ...attributes(cookie, isSecure), ...lasting, value: signed })
}

/** The Set-Cookie line that makes a browser forget the cookie: the same attributes, in the past. */
export function clearCookie(cookie: Cookie, isSecure: boolean): string {
  // Max-Age is what counts; old clients know only Expires.
  return stringifySetCookie({ ...attributes(cookie, isSecure), value: '', maxAge: 0, expires: new Date(0) })
}

function attributes(cookie: Cookie, isSecure: boolean): Omit<SetCookie, 'value'> {
  const { name, domain, path, httpOnly, partitioned, sameSite } = cookie
  return { name, ...(domain === undefined ? {} : { domain }), path, httpOnly, secure: isSecure, partitioned, sameSite }
}

/** The library throws on a fraction; a cookie that dies a second early is worse than one that dies late. */
function seconds(milliseconds: number): number {
  return Math.min(Math.ceil(milliseconds / 1000), longestSeconds)
}
