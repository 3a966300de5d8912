import { isDeepStrictEqual } from 'node:util'
import type { ScopeDefinition } from '@scopes/core'
import type { Cookie, NamedCookieOptions } from '@scopes/http'
import { CookieStorage } from '../cookie/cookie-storage.ts'
import type { VisitorState } from '../scope/system-values.ts'
import { variablesOf } from '../scope/variables-of.ts'
import type { CheckedSettings } from '../settings/checked-settings.ts'

/** The cookies that keep the clients of the application; undefined: a store does. */
export function clientCookies(
  { name, client, clock }: CheckedSettings,
  definition: ScopeDefinition<VisitorState>,
): CookieStorage<VisitorState> | undefined {
  if (!client.isManaged || !client.isInCookie) return undefined
  const initial = (): VisitorState => definition.initialState() as VisitorState
  const begun = variablesOf(initial())
  return new CookieStorage<VisitorState>({
    application: name,
    cookie: decided(client.cookie),
    keys: client.cookie.keys ?? [],
    timeoutMs: client.timeoutMs,
    initial,
    isEmpty: state => isDeepStrictEqual(variablesOf(state), begun),
    newId: () => crypto.randomUUID(),
    now: () => clock.now(),
  })
}

/** The attributes as the gate decides them; it has checked them. */
function decided(given: NamedCookieOptions): Cookie {
  const { name = 'cfclient', path = '/', domain, secure = 'auto', sameSite = 'lax', httpOnly = true } = given
  const { partitioned = false } = given
  return { name, path, domain, secure, sameSite, httpOnly, partitioned, maxAge: 'scope', keys: undefined }
}
