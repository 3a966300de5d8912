import type { AddressInfo } from 'node:net'
import type { Scopes } from '@scopes/core'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { expressScopes } from '../src/express.ts'
import { fastifyScopes } from '../src/fastify.ts'
import { honoScopes } from '../src/hono.ts'
import { koaScopes } from '../src/koa.ts'
import { definitions } from './behaviour/shop-scopes.ts'
import { listen } from './listen.ts'
import { openShop } from './open-shop.ts'

/** What each framework hands out in a request, by the names of the messages. */
const handedOut = {
  Express: async () => {
    const handed: Record<string, unknown> = {}
    const app = express().get('/', (req, res) => {
      Object.assign(handed, { 'a request of Node': req, 'a response of Node': res })
      res.end()
    })
    await fetch(`http://127.0.0.1:${await listen(app)}/`)
    return handed
  },
  Fastify: async () => {
    const app = fastify()
    const handed: Record<string, unknown> = { 'an instance of Fastify': app }
    app.get('/', async (request, reply) => {
      Object.assign(handed, { 'a request of Fastify': request, 'a reply of Fastify': reply })
      return ''
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    await fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}/`)
    await app.close()
    return handed
  },
  Koa: async () => {
    const handed: Record<string, unknown> = {}
    const app = new Koa().use(context => {
      Object.assign(handed, { 'a context of Koa': context, 'a request of Node': context.req })
      context.body = ''
    })
    await fetch(`http://127.0.0.1:${await listen((...given) => void app.callback()(...given))}/`)
    return handed
  },
  Hono: async () => {
    const handed: Record<string, unknown> = {}
    const app = new Hono().get('/', c => {
      Object.assign(handed, { 'a context of Hono': c, 'c.req of Hono': c.req, 'a Request of fetch': c.req.raw })
      return c.text('')
    })
    await app.request('/')
    return handed
  },
  none: async () => ({
    undefined,
    null: null,
    'a string': 'session',
    'a function': () => {},
    'an object of an unknown form': { headers: {} },
  }),
} as const

/** What each adapter takes, and what it gives. */
const adapters = [
  [
    'expressScopes',
    'a request of Node',
    'await web.session(req)',
    (scopes: Scopes) => expressScopes(scopes, definitions),
  ],
  [
    'fastifyScopes',
    'a request of Fastify',
    'await web.session(request)',
    (scopes: Scopes) => fastifyScopes(scopes, definitions),
  ],
  ['koaScopes', 'a context of Koa', 'await web.session(ctx)', (scopes: Scopes) => koaScopes(scopes, definitions)],
  ['honoScopes', 'a context of Hono', 'await web.session(c)', (scopes: Scopes) => honoScopes(scopes, definitions)],
] as const

/** As a program without types calls it. */
interface Untyped {
  (...given: unknown[]): unknown
  session(given: unknown): Promise<unknown>
  of(given: unknown): { readonly session: unknown }
}

describe.each(adapters)('%s', (maker, takes, ask, make) => {
  test.each(Object.keys(handedOut) as (keyof typeof handedOut)[])(
    'refuses each thing of %s that is not its own by what it is, and its own and what it does not know as not begun',
    async framework => {
      const { scopes } = await openShop()
      const web = make(scopes) as unknown as Untyped
      for (const [name, given] of Object.entries(await handedOut[framework]())) {
        const refusal = await web.session(given).catch((error: unknown) => error)
        if (name === takes || name === 'an object of an unknown form') {
          expect(refusal).toMatchObject({ code: 'not-loaded' })
          continue
        }
        expect(refusal).toMatchObject({
          code: 'invalid-argument',
          message: `What ${maker} gives takes ${takes}, as in \`${ask}\`; it was given ${name}.`,
        })
        expect(() => web.of(given)).toThrow((refusal as Error).message)
      }
    },
  )
})

/** How each framework uses a middleware, and who is told of what it throws. */
const uses = {
  expressScopes: async (middleware: Untyped) => {
    const told = new Promise(resolve => {
      const app = express()
        .use(middleware as never)
        .use((error: unknown, _req: unknown, res: express.Response, _next: unknown) => {
          resolve(error)
          res.end()
        })
      void listen(app).then(port => fetch(`http://127.0.0.1:${port}/`))
    })
    return told
  },
  // What a plugin throws at once, `app.register` throws out of the process: there it is loud, here it would end the tests.
  fastifyScopes: async (plugin: Untyped) => {
    const app = fastify()
    onTestFinished(() => app.close())
    return Promise.resolve()
      .then(() => plugin(app, {}, () => {}))
      .catch((error: unknown) => error)
  },
  koaScopes: async (middleware: Untyped) => {
    const app = new Koa()
    const told = new Promise(resolve => app.on('error', resolve))
    app.use(middleware as never)
    const answered = fetch(`http://127.0.0.1:${await listen((...given) => void app.callback()(...given))}/`)
    return Promise.all([told, answered]).then(([error]) => error)
  },
  honoScopes: async (middleware: Untyped) => {
    const told = new Promise(resolve => {
      const app = new Hono().use(middleware as never).onError((error, c) => {
        resolve(error)
        return c.text('')
      })
      void app.request('/')
    })
    return told
  },
} as const

describe.each(adapters)('the middleware of %s', (maker, _takes, _ask, make) => {
  test.each(adapters.map(([name]) => name).filter(name => name !== maker))(
    'is refused where that of %s belongs, at its first use',
    async other => {
      const { scopes } = await openShop()
      expect(await uses[other](make(scopes) as unknown as Untyped)).toMatchObject({
        code: 'invalid-argument',
        message: expect.stringMatching(`^What ${maker} gives was used where an? .* is handed out, not `),
      })
    },
  )
})
