import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { type FastifyReply, fastify } from 'fastify'
import { fastify as fastify4 } from 'fastify-4'
import { expect, onTestFinished, test } from 'vitest'
import { fastifyScopes } from '../src/fastify.ts'
import { definitions } from './behaviour/shop-scopes.ts'
import { openShop } from './open-shop.ts'

/** Handlers that Fastify warns of, and answers all the same where nothing waits for a commit. */
const handlers: Readonly<Record<string, (reply: FastifyReply) => unknown>> = {
  'answers without giving the reply back': reply => void answer(reply),
  'answers and gives a value back': reply => {
    answer(reply)
    return { second: true }
  },
  'answers twice': reply => {
    answer(reply)
    return reply.code(201).header('x-second', 'yes').type('application/json').send({ second: true })
  },
  'throws after its answer': reply => {
    answer(reply)
    throw new Error('late')
  },
}

test.for(
  [fastify, fastify4 as unknown as typeof fastify].flatMap(framework =>
    Object.entries(handlers).map(([name, handle]) => ({ framework, name, handle })),
  ),
)('a handler of Fastify that $name: the first answer leaves, once and whole, and its change is stored', async given => {
  const { scopes, store } = await openShop()
  const web = fastifyScopes(scopes, definitions)
  const app = given.framework({ forceCloseConnections: true })
  onTestFinished(() => app.close())
  await app.register(web)
  app.get('/', async (request, reply) => {
    const session = await web.session(request)
    session.draft.hits++
    return given.handle(reply)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}/`)
  expect(response.status).toBe(202)
  expect(response.headers.get('content-type')).toBe('text/plain')
  expect(response.headers.has('x-second')).toBe(false)
  expect(response.headers.getSetCookie()).toEqual(['mine=1', expect.stringMatching(/^session=/)])
  expect(await response.text()).toBe('first')
  expect(store.writes).toBe(1)
})

test('a handler of Fastify that sends two streams: the first is read to its end, the source of the second is closed', async () => {
  const { scopes } = await openShop()
  const web = fastifyScopes(scopes, definitions)
  const app = fastify({ forceCloseConnections: true })
  onTestFinished(() => app.close())
  await app.register(web)
  const [first, second] = [Readable.from(['first']), Readable.from(['second'])]
  app.get('/', async (request, reply) => {
    ;(await web.session(request)).draft.hits++
    void reply.send(first)
    void reply.send(second)
    // The same once more must not close it.
    return first
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}/`)
  expect(await response.text()).toBe('first')
  expect(second.destroyed).toBe(true)
})

function answer(reply: FastifyReply): FastifyReply {
  return reply.code(202).type('text/plain').header('set-cookie', 'mine=1').send('first')
}
