import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Route } from '../adapter-driver.ts'
import { Barrier } from '../barrier.ts'
import type { Clause } from '../clause.ts'
import { send } from '../http-client.ts'
import { Visitor } from '../visitor.ts'

const hit: Route = {
  method: 'GET',
  path: '/hit',
  handle: async exchange => {
    const session = await exchange.session()
    session.draft.hits++
    return { type: 'json', body: session.value }
  },
}

const read: Route = {
  method: 'GET',
  path: '/read',
  handle: async ({ session }) => ({ type: 'json', body: (await session()).value }),
}

const text = { 'Content-Type': 'text/plain' }
const thisFile = fileURLToPath(import.meta.url)

/** How an answer leaves: streams, files, hints, raw heads. */
export const answers: readonly Clause[] = [
  {
    name: '9 a stream reaches the client only after the commit, whole and in order',
    run: async ({ start, store }) => {
      const chunks = Array.from({ length: 50 }, (_, index) => `${index}`.padStart(20_000, '.'))
      const app = await start([
        {
          ...hit,
          path: '/stream',
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            return { type: 'stream', source: Readable.from(chunks), headers: text }
          },
        },
      ])
      const writing = store.holdWrites()
      const order: string[] = []
      const reply = send(app, '/stream').then(answer => {
        order.push('answered')
        return answer
      })
      await writing.reached()
      order.push('stored')
      writing.open()
      expect(await reply).toMatchObject({ status: 200, body: chunks.join(''), setCookies: [expect.any(String)] })
      expect(order).toEqual(['stored', 'answered'])
    },
  },
  {
    name: '10 after the head a draft throws headers-sent, update() works for a known visitor, value reads',
    run: async ({ start }) => {
      const app = await start([
        hit,
        read,
        {
          ...hit,
          path: '/stream',
          handle: async exchange => {
            const session = await exchange.session()
            const source = Readable.from(lateChanges(session))
            return { type: 'stream', source, headers: text }
          },
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/hit')
      expect((await visitor.get('/stream')).body).toBe('first;headers-sent;hits 2')
      expect(JSON.parse((await visitor.get('/read')).body)).toMatchObject({ hits: 2, user: null })
    },
  },
  {
    name: '10 after the head update() of a new visitor throws headers-sent and stores nothing',
    run: async ({ start, store, setting }) => {
      const app = await start([
        {
          ...hit,
          path: '/stream',
          handle: async exchange => {
            const session = await exchange.session()
            const source = Readable.from(lateChanges(session))
            return { type: 'stream', source, headers: text }
          },
        },
      ])
      const reply = await send(app, '/stream')
      // A compressor may keep the head back with the first chunks: then it is not too late, and the cookie goes out.
      const isKept = setting.compression !== 'none' && reply.setCookies.length > 0
      expect(reply.body).toBe(isKept ? 'first;headers-sent;hits 1' : 'first;headers-sent;headers-sent')
      expect(reply.setCookies).toHaveLength(isKept ? 1 : 0)
      expect(store.writes).toBe(isKept ? 1 : 0)
    },
  },
  {
    name: '32 a file is sent whole after the commit',
    run: async ({ start, store, setting }) => {
      const app = await start([
        {
          ...hit,
          path: '/file',
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            return { type: 'file', path: thisFile }
          },
        },
      ])
      const reply = await send(app, '/file')
      expect(reply).toMatchObject({ status: 200, setCookies: [expect.any(String)] })
      expect(reply.body).toContain('32 a file is sent whole')
      // A compressor takes it away.
      const isCompressed = 'content-encoding' in reply.headers
      expect(isCompressed && setting.compression === 'none').toBe(false)
      const length = isCompressed ? undefined : String(Buffer.byteLength(reply.body))
      expect(reply.headers['content-length']).toBe(length)
      expect(store.writes).toBe(1)
    },
  },
  {
    name: '33 early hints leave before the commit',
    skip: driver => (driver.hasEarlyHints ? undefined : 'the framework has no early hints'),
    run: async ({ start }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            exchange.earlyHints('</style.css>; rel=preload; as=style')
            ;(await exchange.session()).draft.hits++
            return { type: 'json', body: 'done' }
          },
        },
      ])
      const reply = await send(app, '/hit')
      expect(reply.hints).toEqual([expect.objectContaining({ statusCode: 103 })])
      expect(reply).toMatchObject({ status: 200, setCookies: [expect.any(String)] })
    },
  },
  {
    name: '34 a raw head with a dirty draft: the answer waits for the commit',
    skip: ({ rawHead }) => (rawHead === 'held' ? undefined : 'the framework does not hold raw heads'),
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            return { type: 'raw', headers: text, body: 'raw' }
          },
        },
      ])
      expect(await send(app, '/hit')).toMatchObject({ status: 200, body: 'raw', setCookies: [expect.any(String)] })
      expect(store.writes).toBe(1)
    },
  },
  {
    name: '34 a raw head with a dirty draft is refused to its caller: uncommitted',
    skip: ({ rawHead }) => (rawHead === 'uncommitted' ? undefined : 'the framework holds raw heads, or has none'),
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            return { type: 'raw', headers: text, body: 'raw' }
          },
        },
      ])
      expect((await send(app, '/hit')).status).toBe(500)
      expect(app.errors).toEqual([expect.objectContaining({ code: 'uncommitted' })])
      expect(store.writes).toBe(0)
    },
  },
  {
    name: '35 commit() and then a raw head: the cookie is sent',
    skip: ({ rawHead }) => (rawHead === 'none' ? 'the framework has no raw heads' : undefined),
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            const session = await exchange.session()
            session.draft.hits++
            await session.commit()
            return { type: 'raw', headers: { ...text, 'Set-Cookie': 'own=1' }, body: 'raw' }
          },
        },
      ])
      const reply = await send(app, '/hit')
      expect(reply).toMatchObject({ status: 200, body: 'raw' })
      expect(reply.setCookies).toEqual(['own=1', expect.stringMatching(/^session=/)])
      expect(store.writes).toBe(1)
    },
  },
  {
    name: '30 the Set-Cookie lines of the application are kept',
    run: async ({ start }) => {
      const app = await start([
        {
          ...hit,
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            return { type: 'json', body: 'done', headers: { 'Set-Cookie': ['own=1; Path=/', 'more=2'] } }
          },
        },
      ])
      const reply = await send(app, '/hit')
      expect(reply.setCookies).toEqual(['own=1; Path=/', 'more=2', expect.stringMatching(/^session=/)])
    },
  },
  {
    name: '37 a scope that is not loaded cannot be read synchronously: not-loaded',
    run: async ({ start, store }) => {
      const app = await start([
        { ...hit, path: '/not-loaded', handle: ({ loaded }) => ({ type: 'json', body: loaded().session.value }) },
        {
          ...hit,
          path: '/loaded',
          load: ['session'],
          handle: ({ loaded }) => {
            loaded().session.draft.hits++
            return { type: 'json', body: loaded().session.value }
          },
        },
      ])
      const visitor = new Visitor(app)
      expect((await visitor.get('/not-loaded')).status).toBe(500)
      expect(app.errors).toEqual([expect.objectContaining({ code: 'not-loaded' })])
      await visitor.get('/loaded')
      store.resetCounts()
      expect(JSON.parse((await visitor.get('/loaded')).body)).toMatchObject({ hits: 2 })
      expect(store).toMatchObject({ loads: 1, writes: 1 })
    },
  },
  {
    name: 'two loads before one handler run at the same time',
    run: async ({ start, store }) => {
      const app = await start([
        {
          ...hit,
          path: '/change',
          handle: async exchange => {
            ;(await exchange.session()).draft.hits++
            ;(await exchange.client()).draft.visits++
            return { type: 'json', body: 'done' }
          },
        },
        {
          ...hit,
          path: '/both',
          load: ['session', 'client'],
          handle: ({ loaded }) => ({ type: 'json', body: [loaded().session.value.hits, loaded().client.value.visits] }),
        },
      ])
      const visitor = new Visitor(app)
      await visitor.get('/change')
      store.resetCounts()
      const loading = store.holdLoads()
      const reply = visitor.get('/both')
      await loading.reached()
      await new Promise(resolve => setImmediate(resolve))
      expect(store.loads).toBe(2)
      loading.open()
      expect((await reply).body).toBe('[1,1]')
    },
  },
]

type LateSession = Awaited<ReturnType<Parameters<Route['handle']>[0]['session']>>

async function* lateChanges(session: LateSession): AsyncGenerator<string> {
  const sent = new Barrier()
  // The head leaves with the first chunk; the second is asked for after that.
  setImmediate(() => sent.open())
  yield 'first'
  await sent.pass()
  try {
    session.draft.user = 'late'
    yield ';changed'
  } catch (error) {
    yield `;${(error as { code: string }).code}`
  }
  try {
    await session.update(draft => void draft.hits++)
    yield `;hits ${session.value.hits}`
  } catch (error) {
    yield `;${(error as { code: string }).code}`
  }
}
