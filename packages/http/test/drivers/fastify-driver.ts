import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import compress from '@fastify/compress'
import { type FastifyReply, fastify as fastify5 } from 'fastify'
import { fastifyScopes } from '../../src/fastify.ts'
import type { AdapterDriver, Answer, AppParts, Exchange, StartedApp } from '../behaviour/adapter-driver.ts'
import { definitions } from '../behaviour/shop-scopes.ts'

/** Fastify 5, with its hooks for errors. */
export const fastifyDriver: AdapterDriver = fastifyDriverOf('fastify', fastify5)

/** Another version of Fastify, as an application of today's would use it. */
export function fastifyDriverOf(name: string, fastify: typeof fastify5): AdapterDriver {
  return {
    name,
    rawHead: 'uncommitted',
    hasEarlyHints: true,
    frameworkStatus: status => status,
    start: parts => startFastify(fastify, parts),
  }
}

async function startFastify(
  fastify: typeof fastify5,
  { scopes, routes, options, setting, onError }: AppParts,
): Promise<StartedApp> {
  const app = fastify({ trustProxy: setting.isBehindTls, forceCloseConnections: true })
  const web = fastifyScopes(scopes, definitions, options)
  if (setting.errorPage === 'framework') {
    app.addHook('onError', async (_request, _reply, error) => onError(error))
  } else {
    app.setErrorHandler((error: { status?: number; code?: string }, _request, reply) => {
      onError(error)
      return reply.code(error.status ?? 500).send({ code: error.code })
    })
  }
  if (setting.compression === 'outside') await app.register(compress, { threshold: 0 })
  await app.register(web)
  if (setting.compression === 'inside') await app.register(compress, { threshold: 0 })
  for (const { method, path, load = [], handle } of routes) {
    app.route({
      method,
      url: path,
      preHandler: web.with(...load),
      handler: async (request, reply) => {
        const exchange: Exchange = {
          query: new URL(request.url, 'http://shop').searchParams,
          session: () => web.session(request),
          client: () => web.client(request),
          loaded: () => web.of(request),
          clientGone: () => new Promise(resolve => reply.raw.once('close', resolve)),
          earlyHints: link => reply.raw.writeEarlyHints({ link }),
        }
        return send(reply, await handle(exchange))
      },
    })
  }
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  return { port: Number(new URL(address).port), close: () => app.close() }
}

async function send(reply: FastifyReply, answer: Answer): Promise<unknown> {
  if ('headers' in answer && answer.headers && answer.type !== 'raw') reply.headers(answer.headers)
  switch (answer.type) {
    case 'json':
      return reply
        .code(answer.status ?? 200)
        .type('application/json')
        .send(JSON.stringify(answer.body))
    case 'redirect':
      return reply.redirect(answer.location, 303)
    case 'empty':
      return reply.code(answer.status).send()
    case 'stream':
      return reply.send(answer.source)
    case 'file':
      reply.type('text/plain').header('content-length', (await stat(answer.path)).size)
      return reply.send(createReadStream(answer.path))
    case 'raw':
      reply.raw.writeHead(200, answer.headers).end(answer.body)
      return reply.hijack()
    default:
      return answer satisfies never
  }
}
