import type { Scopes } from '@scopes/core'
import { type ExpressScopes, expressScopes } from '@scopes/http/express'
import { Client, Session } from './scopes.ts'

/** The scopes of a request by the names under which handlers ask for them: `await web.session(req)`. */
export type ShopWeb = ExpressScopes<{ readonly session: typeof Session; readonly client: typeof Client }>

/** The middleware, with a cookie for each of the two. */
export function shopWeb(scopes: Scopes): ShopWeb {
  return expressScopes(scopes, { session: Session, client: Client })
}
