import type { Immutable, Scope } from '@scopes/core'
import { type FastifyRequest, fastify } from 'fastify'
import { expectTypeOf } from 'vitest'
import type { Scopes } from '@scopes/core'
import { fastifyScopes } from '../src/fastify.ts'
import type { RequestScope } from '../src/index.ts'
import { type ClientState, type SessionState, definitions } from './behaviour/shop-scopes.ts'

declare const scopes: Scopes
declare const request: FastifyRequest

const web = fastifyScopes(scopes, definitions)

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
void fastifyScopes(scopes, definitions, { cookies: { sesion: {} } })
// @ts-expect-error an attribute of a wrong type
void fastifyScopes(scopes, definitions, { cookie: { sameSite: 'Lax' } })
// @ts-expect-error the name is reserved
void fastifyScopes(scopes, { with: definitions.session })

// The types of Fastify's own routes stay whole, with the loader in front.
const app = fastify()
void app.register(web)
app.get<{ Params: { id: string } }>(
  '/items/:id',
  { preHandler: web.with('session', 'client') },
  async (item, reply) => {
    expectTypeOf(item.params.id).toEqualTypeOf<string>()
    expectTypeOf(web.session(item)).resolves.toEqualTypeOf<RequestScope<SessionState>>()
    // @ts-expect-error a reply is no request
    void web.session(reply)
    return reply.send(web.of(item).client.value.visits)
  },
)
const secure = fastify({ http2: true, https: {} })
void secure.register(web)
secure.get('/', async item => (await web.session(item)).value.hits)
