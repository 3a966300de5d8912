import { createHash, randomBytes } from 'node:crypto'
import compression from 'compression'
import express, { type Express } from 'express'
import { CookieJar } from 'tough-cookie'
import { describe, expect, test } from 'vitest'
import { type ExpressScopesOptions, expressScopes } from '../../src/express.ts'
import { httpDiagnostics } from '../../src/index.ts'
import type { ObservedStore } from '../behaviour/observed-store.ts'
import { type ShopDefinitions, definitions } from '../behaviour/shop-scopes.ts'
import { type Reply, send, sendRaw } from '../behaviour/http-client.ts'
import { Visitor } from '../behaviour/visitor.ts'
import { listen } from '../listen.ts'
import { openShop } from '../open-shop.ts'
import { published } from '../published.ts'

interface Shop {
  readonly store: ObservedStore
  readonly port: number
  readonly visitor: Visitor
  /** What the routes have noted. */
  readonly notes: unknown[]
}

/** The application of the reported sequences. */
async function openSequenceShop(
  options: ExpressScopesOptions<ShopDefinitions> = {},
  before?: (app: Express) => unknown,
): Promise<Shop> {
  const { scopes, store } = await openShop()
  const notes: unknown[] = []
  const web = expressScopes(scopes, definitions, options)
  const app = express()
  before?.(app)
  app.use(web)
  app.get('/health', (_request, response) => void response.send('ok'))
  app.get('/read', async (request, response) => void response.json((await web.session(request)).value.counters))
  app.get('/n', async (request, response) => {
    const session = await web.session(request)
    const key = new URL(request.url, 'http://shop').searchParams.get('key') ?? ''
    await session.update(draft => {
      draft.counters[key] = (draft.counters[key] ?? 0) + 1
    })
    response.json(session.value.counters)
  })
  app.post('/login', async (request, response) => {
    const session = await web.session(request)
    session.draft.user = 'u'
    await session.rotate()
    response.json('in')
  })
  app.post('/logout', async (request, response) => {
    await (await web.session(request)).end('logout')
    response.json('out')
  })
  app.get('/stream', async (request, response) => {
    const session = await web.session(request)
    response.write('first ')
    await new Promise(resolve => setImmediate(resolve))
    try {
      await session.update(draft => void (draft.counters['late'] = 1))
    } catch (error) {
      notes.push((error as { code: string }).code)
    }
    response.end('last')
  })
  app.get('/finish', async (request, response) => {
    const session = await web.session(request)
    response.on('finish', () => {
      try {
        session.draft.counters['after'] = 1
      } catch (error) {
        notes.push((error as { code: string }).code)
      }
      void session.update(draft => void (draft.counters['after'] = 2)).then(() => notes.push('updated'))
    })
    response.json('done')
  })
  app.get('/double', async (request, response) => {
    ;(await web.session(request)).draft.hits++
    response.end('one')
    try {
      response.send('two')
    } catch (error) {
      notes.push((error as { code: string }).code)
    }
  })
  app.get('/own', async (request, response) => {
    response.setHeader('Set-Cookie', ['own=1; Path=/', 'more=2'])
    ;(await web.session(request)).draft.hits++
    response.type('text').send('own '.repeat(1000))
  })
  app.get('/writehead', async (request, response) => {
    ;(await web.session(request)).draft.hits++
    response.writeHead(200, ['Set-Cookie', 'own=1', 'X-A', 'b']).end('own')
  })
  app.get('/hints', async (request, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' })
    response.cookie('own', '1')
    ;(await web.session(request)).draft.hits++
    response.json('own')
  })
  app.post('/upload', async (request, response) => {
    const session = await web.session(request)
    const hash = createHash('sha256')
    for await (const chunk of request) hash.update(chunk as Buffer)
    session.draft.counters['files'] = (session.draft.counters['files'] ?? 0) + 1
    response.json(hash.digest('hex'))
  })
  const port = await listen(app)
  return { store, port, visitor: new Visitor(port), notes }
}

async function countersOf(visitor: Visitor): Promise<unknown> {
  return JSON.parse((await visitor.get('/read')).body) as unknown
}

describe('preflights, probes and bots', () => {
  test('rq-head-options-probe: nothing is read, stored or set', async () => {
    const { port, store } = await openSequenceShop()
    const sequence: readonly [number, string][] = [
      [200, 'GET /read'],
      [200, 'OPTIONS /n'],
      [200, 'HEAD /read'],
      [50, 'GET /health'],
    ]
    for (const [times, line] of sequence) {
      const request = `${line} HTTP/1.1\r\nHost: shop\r\n`
      const answers = await sendRaw(port, `${`${request}\r\n`.repeat(times - 1)}${request}Connection: close\r\n\r\n`)
      expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(times)
      expect(answers).not.toMatch(/set-cookie/i)
    }
    expect(store).toMatchObject({ loads: 0, writes: 0 })
  })

  test('rq-head-equals-get: HEAD changes what GET would, without a body', async () => {
    const { visitor } = await openSequenceShop()
    expect(await visitor.get('/n?key=k', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    expect(await countersOf(visitor)).toEqual({ k: 1 })
  })
})

describe('answers', () => {
  test('rq-double-end: the second answer throws at once, the first is whole, one commit', async () => {
    const { visitor, store, notes } = await openSequenceShop()
    expect(await visitor.get('/double')).toMatchObject({ status: 200, body: 'one' })
    expect(notes).toEqual(['ERR_HTTP_HEADERS_SENT'])
    expect(store.writes).toBe(1)
  })

  const outsides = {
    'without a compressor': undefined,
    'with a compressor outside': (app: Express) => app.use(compression()),
  }

  test.each(Object.entries(outsides))(
    'rq-own-cookies: all lines arrive, one of the session, %s',
    async (_name, before) => {
      const { port } = await openSequenceShop({}, before)
      const headers = { 'accept-encoding': 'gzip' }
      for (const path of ['/own', '/writehead', '/hints']) {
        const { setCookies, status } = await send(port, path, { headers })
        expect(status).toBe(200)
        expect(setCookies.filter(line => line.startsWith('session='))).toHaveLength(1)
        expect(setCookies.filter(line => line.startsWith('own=1'))).toHaveLength(1)
      }
      expect((await send(port, '/own', { headers })).setCookies).toContain('more=2')
    },
  )
})

describe('changes after the head', () => {
  test('rq-stream-known: a known session is stored before the last byte', async () => {
    const { visitor } = await openSequenceShop()
    await visitor.get('/n?key=k')
    expect((await visitor.get('/stream?late=1')).body).toBe('first last')
    expect(await countersOf(visitor)).toEqual({ k: 1, late: 1 })
  })

  test('rq-stream-new: for a new visitor a typed error and a diagnostic, and no orphan', async () => {
    const messages = published(httpDiagnostics.lateChange)
    const { visitor, store, notes } = await openSequenceShop()
    expect(await visitor.get('/stream?late=1')).toMatchObject({ body: 'first last', setCookies: [] })
    expect(notes).toEqual(['headers-sent'])
    expect(messages.take()).toHaveLength(1)
    expect(store.writes).toBe(0)
  })

  test('rq-finish: the draft is closed and says so, update() is stored', async () => {
    const { visitor, store, notes } = await openSequenceShop()
    await visitor.get('/n?key=k')
    const written = store.written()
    await visitor.get('/finish')
    await written
    expect(await countersOf(visitor)).toEqual({ k: 1, after: 2 })
    expect(notes).toEqual(['headers-sent', 'updated'])
  })
})

describe('a slow store', () => {
  test('rq-upload-slow-store: bodies that arrive while the session loads are whole', async () => {
    const { visitor, store } = await openSequenceShop()
    await visitor.get('/n?key=k')
    const boundary = 'frontier'
    const part = (name: string, text: string): string =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n\r\n${text}\r\n`
    const bodies = [
      randomBytes(5 * 1024 * 1024),
      Buffer.from('x'),
      Buffer.from(`${part('a', 'first')}${part('b', 'second')}--${boundary}--\r\n`),
    ]
    for (const body of bodies) {
      const loading = store.holdLoads()
      const reply = visitor.post('/upload', { body })
      await loading.reached()
      // Give the body the time to arrive: several turns of the event loop.
      for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
      loading.open()
      expect(JSON.parse((await reply).body)).toBe(createHash('sha256').update(body).digest('hex'))
    }
    expect(await countersOf(visitor)).toEqual({ k: 1, files: 3 })
  })

  test('rq-fastify-slow-store: twenty requests at once are twenty answers and twenty increments', async () => {
    const { visitor, store, port } = await openSequenceShop()
    await visitor.get('/n?key=first')
    const loading = store.holdLoads()
    const { cookie } = visitor
    const replies = Promise.all(Array.from({ length: 20 }, () => send(port, '/n?key=k', { cookie })))
    await loading.reached()
    loading.open()
    expect((await replies).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(await countersOf(visitor)).toEqual({ first: 1, k: 20 })
  })
})

test('rq-logout-attributes: after a logout the jar of a browser is empty, and the old value is useless', async () => {
  const { port } = await openSequenceShop({
    cookie: { domain: 'example.test', path: '/app', secure: true, sameSite: 'none', partitioned: true },
    isSecure: () => true,
  })
  const jar = new CookieJar()
  const site = 'https://example.test/app/'
  const request = async (method: string, path: string): Promise<Reply> => {
    const cookie = await jar.getCookieString(site)
    const reply = await send(port, path, { method, ...(cookie === '' ? {} : { cookie }) })
    for (const line of reply.setCookies) await jar.setCookie(line, site)
    return reply
  }
  await request('POST', '/login')
  const old = await jar.getCookieString(site)
  expect(old).toMatch(/^session=/)
  const { setCookies } = await request('POST', '/logout')
  expect(setCookies).toHaveLength(1)
  for (const attribute of ['Domain=example.test', 'Path=/app', 'Secure', 'Partitioned', 'SameSite=None', 'Max-Age=0']) {
    expect(setCookies[0]?.split('; ')).toContain(attribute)
  }
  expect(await jar.getCookieString(site)).toBe('')
  expect((await send(port, '/read', { cookie: old })).body).toBe('{}')
})
