import type { IncomingHttpHeaders } from 'node:http'
import type { Scopes } from '@scopes/core'
import type { FastifyPluginCallback, FastifyRequest } from 'fastify'
import type { Adapter } from './adapter.ts'
import { HeldReplies } from './fastify-answer.ts'
import { type Framework, gateIn, scopesIn } from './framework.ts'
import type { ScopeGate } from './gate.ts'
import { HookedExchange } from './node/hooked-exchange.ts'
import type { Definitions } from './options.ts'
import type { ScopeRequest } from './scope-request.ts'
import type { GateMiddleware, RequestOptions, WebDefinitions, WebFunctions, WebOptions } from './web.ts'

/** A request of Fastify, whatever its generics. */
export interface FastifyFrom {
  readonly raw: { readonly headers: IncomingHttpHeaders }
}

/** A hook that loads scopes, to be given to a route as `preHandler`. */
export type FastifyLoader = (request: FastifyFrom) => Promise<void>

/** The plugin to be registered once, with a function for each scope: `await web.session(request)`. */
export type FastifyScopes<D extends Definitions> = FastifyPluginCallback & WebFunctions<D, FastifyFrom, FastifyLoader>

/** Options of `fastifyScopes`. By default `request.protocol` says whether the visitor came by https; it follows `trustProxy`. */
export type FastifyScopesOptions<D extends Definitions = Definitions> = WebOptions<D, FastifyRequest>

/**
 * Scopes for Fastify 5: `await app.register(web)`. Drafts are stored before the response head leaves, by a hook `onSend`; when
 * that fails the error goes to the error handler, and nothing of the answer is sent.
 * @throws InvalidArgumentError that names the option which is not allowed.
 */
export function fastifyScopes<const D extends Definitions>(
  scopes: Scopes,
  definitions: WebDefinitions<D>,
  options: FastifyScopesOptions<D> = {},
): FastifyScopes<D> {
  return scopesIn(fastify, scopes, definitions, options)
}

/** The same for a gate of one's own, which begins requests as it likes. */
export function fastifyGate<D extends Definitions, R extends ScopeRequest<D>>(
  gate: ScopeGate<D, R>,
  options: RequestOptions<FastifyRequest> = {},
): GateMiddleware<FastifyPluginCallback, FastifyFrom, R> {
  return gateIn(fastify, gate, options)
}

const fastify: Framework<FastifyRequest, FastifyFrom, FastifyPluginCallback, FastifyLoader> = {
  maker: 'fastifyScopes',
  takes: 'a request of Fastify',
  ask: 'await web.session(request)',
  setUp: 'await app.register(web)',
  keyOf: ({ raw }) => raw,
  cookieOf: ({ raw }) => raw.headers.cookie,
  isSecure: ({ protocol }) => protocol === 'https',
  middleware: pluginOf,
  loader: load => load,
}

function pluginOf(adapter: Adapter<FastifyRequest, FastifyFrom>): FastifyPluginCallback {
  const replies = new HeldReplies()
  const plugin: FastifyPluginCallback = (instance, _options, done) => {
    if (!('addHook' in instance)) adapter.checkUse(instance)
    instance.addHook('onRequest', (request, reply, next) => {
      adapter.begin(request, begun => new HookedExchange(begun, request, reply.raw))
      next()
    })
    instance.addHook('onSend', (request, reply, payload, next) => {
      if (replies.refuses(reply, payload)) return
      const status = payload instanceof Response ? payload.status : reply.statusCode
      const stored = adapter.find(request.raw)?.beforeHeaders(status)
      if (stored === undefined) return next()
      const sent = replies.hold(reply, payload, stored).then(() => next())
      // What a later hook throws is Fastify's too: nobody else would catch it.
      sent.catch((error: Error) => next(error))
    })
    done()
  }
  // The hooks belong to the instance that registers the plugin, not to a child of it.
  return Object.defineProperty(plugin, Symbol.for('skip-override'), { value: true })
}
