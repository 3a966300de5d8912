import { expect } from 'vitest'
import { httpDiagnostics } from '../../../src/index.ts'
import { published } from '../../published.ts'
import type { Route } from '../adapter-driver.ts'
import type { Clause } from '../clause.ts'
import { send } from '../http-client.ts'
import { Visitor } from '../visitor.ts'

const hit: Route = {
  method: 'GET',
  path: '/hit',
  handle: async exchange => {
    const session = await exchange.session()
    session.draft.hits++
    return { type: 'json', body: session.value.hits }
  },
}

const read: Route = {
  method: 'GET',
  path: '/read',
  handle: async ({ session }) => ({ type: 'json', body: (await session()).value.hits }),
}

const oldKey = 'the key of last year'
const newKey = 'the key of this year'
const signedBy = (...keys: string[]) => ({ cookie: { keys } })

/** What the application answers, and what leaves beside a cookie. */
const cacheControls = [
  [undefined, 'private'],
  ['public, max-age=60', 'max-age=60, private'],
  ['s-maxage=60, max-age=10, immutable', 'max-age=10, immutable, private'],
  ['private="x-own, x-other", no-transform', 'no-transform, private'],
  ['Private, max-age=60', 'Private, max-age=60'],
  ['no-store', 'no-store'],
] as const

/** Nobody gets the cookie of another visitor, nor makes one. */
export const safety: readonly Clause[] = [
  {
    name: 'an answer that brings a cookie is kept by no shared cache',
    run: async ({ start }) => {
      const app = await start(
        cacheControls.map(([given], index) => ({
          ...hit,
          path: `/${index}`,
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            const headers = { 'CDN-Cache-Control': 'max-age=60', 'Surrogate-Control': 'max-age=60', 'X-Own': 'kept' }
            return {
              type: 'json',
              body: 1,
              headers: given === undefined ? headers : { ...headers, 'Cache-Control': given },
            }
          },
        })),
      )
      for (const [index, [, wanted]] of cacheControls.entries()) {
        const { headers, setCookies } = await send(app, `/${index}`)
        expect(setCookies).toHaveLength(1)
        expect(headers).toMatchObject({ 'cache-control': wanted, 'x-own': 'kept' })
        expect(headers).not.toHaveProperty('cdn-cache-control')
        expect(headers).not.toHaveProperty('surrogate-control')
      }
    },
  },
  {
    name: 'an answer that changes nothing brings no cookie, and stays as public as the application says',
    run: async ({ start }) => {
      const caching = { 'Cache-Control': 'public, max-age=60', 'CDN-Cache-Control': 'max-age=60' }
      const app = await start([
        hit,
        {
          ...read,
          handle: async ({ session }) => ({ type: 'json', body: (await session()).value.hits, headers: caching }),
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      for (const reply of [await visitor.get('/read'), await send(app, '/read')]) {
        expect(reply.setCookies).toEqual([])
        expect(reply.headers).toMatchObject({
          'cache-control': 'public, max-age=60',
          'cdn-cache-control': 'max-age=60',
        })
      }
    },
  },
  {
    name: 'a signed cookie is the id with a signature; without one of our keys it counts as none, before the store is asked',
    run: async ({ start, store }) => {
      const app = await start([hit, read], signedBy(newKey))
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      const signed = visitor.valueOf('session') ?? ''
      expect(signed).toMatch(/^[\w-]{22,}\.[\w-]{43}$/)
      expect((await visitor.get('/hit')).body).toBe('2')
      store.resetCounts()
      const [id = '', signature = ''] = signed.split('.')
      const other = signature.startsWith('A') ? 'B' : 'A'
      for (const value of [id, `${id}.`, `${id}.${other}${signature.slice(1)}`, `${id}.${signature}=`, `x${signed}`]) {
        expect((await send(app, '/read', { cookie: `session=${value}` })).body).toBe('0')
      }
      expect(store.loads).toBe(0)
      expect((await visitor.get('/read')).body).toBe('2')
    },
  },
  {
    name: 'of several keys the first signs and all verify: an answer that writes brings the cookie anew, one that reads does not',
    run: async ({ start }) => {
      const before = new Visitor(await start([hit, read], signedBy(oldKey)))
      await before.get('/hit')
      const old = before.valueOf('session') ?? ''
      const both = await start([hit, read], signedBy(newKey, oldKey))
      expect(await send(both, '/read', { cookie: `session=${old}` })).toMatchObject({ body: '1', setCookies: [] })
      const renewed = await send(both, '/hit', { cookie: `session=${old}` })
      expect(renewed).toMatchObject({ body: '2', setCookies: [expect.stringMatching(/^session=/)] })
      const [cookie = ''] = (renewed.setCookies[0] ?? '').split(';')
      expect(cookie.split('.')[0]).toBe(`session=${old.split('.')[0]}`)
      expect((await send(both, '/hit', { cookie })).setCookies).toEqual([])
      const later = await start([read], signedBy(newKey))
      expect((await send(later, '/read', { cookie })).body).toBe('3')
      expect((await send(later, '/read', { cookie: `session=${old}` })).body).toBe('0')
    },
  },
  {
    name: 'the signature of one scope is none for another: a client id is no session id',
    run: async ({ start, store }) => {
      const app = await start(
        [
          read,
          {
            ...hit,
            path: '/visit',
            handle: async ({ client }) => ({ type: 'json', body: (await client()).draft.visits++ }),
          },
        ],
        signedBy(newKey),
      )
      const visitor = new Visitor(app)
      await visitor.get('/visit')
      store.resetCounts()
      await send(app, '/read', { cookie: `session=${visitor.valueOf('client') ?? ''}` })
      expect(store.loads).toBe(0)
    },
  },
  {
    name: 'a Secure cookie on a connection that is not https is told loudly, once; behind https nothing is',
    run: async ({ start }) => {
      const messages = published(httpDiagnostics.insecureCookie)
      const app = await start([hit], { cookie: { secure: true } })
      for (let request = 0; request < 2; request++) {
        expect((await send(app, '/hit')).setCookies).toEqual([expect.stringContaining('; Secure')])
      }
      expect(messages.take()).toHaveLength(app.isTls ? 0 : 1)
    },
  },
]
