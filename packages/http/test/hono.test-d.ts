import type { Immutable, Scope } from '@scopes/core'
import { type Context, Hono } from 'hono'
import { expectTypeOf } from 'vitest'
import type { Scopes } from '@scopes/core'
import { honoScopes } from '../src/hono.ts'
import type { RequestScope } from '../src/index.ts'
import { type ClientState, type SessionState, definitions } from './behaviour/shop-scopes.ts'

declare const scopes: Scopes
declare const request: Context

const web = honoScopes(scopes, definitions)

// Each scope has the type of its own state; nothing was declared.
expectTypeOf(web.session(request)).resolves.toEqualTypeOf<RequestScope<SessionState>>()
expectTypeOf(web.client(request)).resolves.toEqualTypeOf<RequestScope<ClientState>>()
expectTypeOf(web.of(request).session).toEqualTypeOf<RequestScope<SessionState>>()

export async function handle(): Promise<void> {
  const session = await web.session(request)
  expectTypeOf(session.value).toEqualTypeOf<Immutable<SessionState>>()
  expectTypeOf(session.value.cart).toEqualTypeOf<readonly string[]>()
  expectTypeOf(session.draft.cart).toEqualTypeOf<string[]>()
  expectTypeOf(session.scope).toEqualTypeOf<Scope<SessionState>>()
  // @ts-expect-error the value is read-only
  session.value.hits = 1
  // @ts-expect-error deeply
  session.value.cart.push('x')
  // @ts-expect-error a draft cannot be replaced as a whole
  session.draft = { hits: 0, user: null, cart: [], counters: {} }
  // @ts-expect-error a property of another type
  session.draft.hits = 'one'
  // @ts-expect-error a property that is not there
  void session.value.hitz
}

// @ts-expect-error no such scope
void web.sesion
// @ts-expect-error a promise that was not awaited has no value
void web.session(request).value
// @ts-expect-error no such scope to be loaded
void web.with('sesion')
// @ts-expect-error no such scope among the loaded
void web.of(request).sesion
// @ts-expect-error a cookie of no scope
void honoScopes(scopes, definitions, { cookies: { sesion: {} } })
// @ts-expect-error an attribute of a wrong type
void honoScopes(scopes, definitions, { cookie: { sameSite: 'Lax' } })
// @ts-expect-error the name is reserved
void honoScopes(scopes, { with: definitions.session })

// The types of Hono's own routes stay whole: parameters, bindings, variables and what a chain infers.
const app = new Hono<{ Bindings: { SHOP: string }; Variables: { locale: string } }>()
app.use(web)
app.get('/items/:id', web.with('session', 'client'), async c => {
  expectTypeOf(c.req.param('id')).toEqualTypeOf<string>()
  expectTypeOf(c.env.SHOP).toEqualTypeOf<string>()
  expectTypeOf(c.var.locale).toEqualTypeOf<string>()
  expectTypeOf(web.session(c)).resolves.toEqualTypeOf<RequestScope<SessionState>>()
  // @ts-expect-error a response is no context
  void web.session(c.res)
  return c.json(web.of(c).client.value.visits)
})
