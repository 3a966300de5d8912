import type { RequestOptions } from '@scopes/http'
import { type FastifyFrom, fastifyGate } from '@scopes/http/fastify'
import type { FastifyPluginCallback, FastifyRequest } from 'fastify'
import type { Application } from './application.ts'
import { closeWithAnswer } from './node/close-with-answer.ts'
import type { CfmlRequest } from './request/cfml-request.ts'
import type { CfmlDefinitions } from './scope/definitions.ts'
import { idsInUrl, refererRule } from './url-ids/ids-in-url.ts'
import { type WebApplication, webApplication } from './web-application.ts'

/** The plugin to be registered once, with a function for each scope: `await web.session(request)`. */
export type FastifyApplication<
  S extends object,
  C extends object,
  A extends object,
  V extends object,
> = FastifyPluginCallback & WebApplication<FastifyFrom, S, C, A, V>

/**
 * The four scopes for Fastify 5: `await app.register(web)`. What a handler changes is stored before the response head leaves;
 * when that fails, or the application cannot be started, the error goes to the error handler.
 */
export function fastifyApplication<S extends object, C extends object, A extends object, V extends object>(
  application: Application<S, C, A, V>,
  options: RequestOptions<FastifyRequest> = {},
): FastifyApplication<S, C, A, V> {
  const ids = ({ raw }: FastifyRequest, name: string): readonly string[] => idsInUrl(raw.url, name)
  const gate = fastifyGate<CfmlDefinitions, CfmlRequest<S, C, A, V>>(application, { ids, ...options })
  const plugin: FastifyPluginCallback = (instance, pluginOptions, done) => {
    // Its hooks stand before this one.
    gate.middleware(instance, pluginOptions, () => undefined)
    instance.addHook('onRequest', async (request, reply) => {
      const begun = gate.of(request)
      const rule = refererRule(application, request.raw.url)
      if (rule) reply.header(...rule)
      closeWithAnswer(reply.raw, begun)
      await begun.begin()
    })
    done()
  }
  // The hooks belong to the instance that registers the plugin, not to a child of it.
  Object.defineProperty(plugin, Symbol.for('skip-override'), { value: true })
  return webApplication(plugin, (from: FastifyFrom) => gate.of(from))
}
