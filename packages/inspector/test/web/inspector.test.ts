import { once } from 'node:events'
import { type IncomingMessage, get } from 'node:http'
import { type ChangeFeed, memoryStore } from '@scopes/core'
import { manualClock } from '@scopes/testing'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import type { Hello, Sample } from '../../src/web/page-data.ts'
import { inspector } from '../../src/web/inspector.ts'
import { serveInspector } from '../../src/web/serve-inspector.ts'
import { Session, ask, openInspector } from './open-inspector.ts'

/** The events of a stream, as they come, or the newest of those that have come. */
async function follow(url: string): Promise<{
  next(name: string): Promise<unknown>
  over: Promise<unknown>
  leave(): void
  newest(name: string): unknown
}> {
  const [answer] = (await once(get(`${url}api/stream`, { agent: false }), 'response')) as [IncomingMessage]
  expect(answer.headers['content-type']).toContain('text/event-stream')
  let text = ''
  const news = new EventTarget()
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    news.dispatchEvent(new Event('news'))
  })
  return {
    over: once(answer, 'close'),
    leave: () => answer.destroy(),
    newest: name => {
      const found = [...text.matchAll(new RegExp(`event: ${name}\ndata: (.*)\n\n`, 'g'))].at(-1)
      return found && JSON.parse(found[1] ?? '')
    },
    async next(name) {
      for (;;) {
        const found = new RegExp(`event: ${name}\ndata: (.*)\n\n`).exec(text)
        if (found) {
          text = text.slice(0, found.index) + text.slice(found.index + found[0].length)
          return JSON.parse(found[1] ?? '')
        }
        await once(news, 'news')
      }
    },
  }
}

/** A store that tells how many readings of its feed are open. */
function countedStore(): { store: ReturnType<typeof memoryStore>; readings: () => number } {
  const store = memoryStore()
  const { feed } = store
  if (feed === undefined) throw new Error('A store in memory has a feed.')
  let readings = 0
  const counted: ChangeFeed = {
    get partitions() {
      return feed.partitions
    },
    coverage: feed.coverage,
    probe: options => feed.probe(options),
    async *open(options) {
      readings++
      try {
        yield* feed.open(options)
      } finally {
        readings--
      }
    },
  }
  return {
    store: new Proxy(store, { get: (of, name) => (name === 'feed' ? counted : boundTo(of, name)) }),
    readings: () => readings,
  }
}

function boundTo(store: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(store, name)
  return typeof value === 'function' ? value.bind(store) : value
}

test('nothing is read before somebody looks, nor after everybody has gone for a while', async () => {
  const { store, readings } = countedStore()
  const clock = manualClock()
  const { url } = await openInspector({ store, scopes: undefined, clock, lingerMs: 1000 })
  await ask(url)
  expect(readings()).toBe(0)
  const stream = await follow(url)
  await stream.next('overview')
  await expect.poll(readings).toBe(1)
  await ask(`${url}api/scopes`)
  expect(readings()).toBe(1)
  stream.leave()
  await expect
    .poll(async () => {
      await clock.advance(1000)
      return readings()
    })
    .toBe(0)
})

test('a page is told what there is, then each second what has happened, with what only this process knows', async () => {
  const clock = manualClock()
  const { url, scopes } = await openInspector({ clock, name: 'the shop' })
  const stream = await follow(url)
  const hello = (await stream.next('hello')) as Hello
  expect(hello).toMatchObject({ store: 'the shop', process: 'worker-1', application: 'shop', samples: [] })
  const session = await scopes.open(Session, 'a')
  await session.update(draft => void draft.hits++)
  const drafts = [session.draft(), session.draft()]
  for (const work of drafts) work.value.hits++
  for (const work of drafts) await work.commit()
  await expect
    .poll(async () => {
      await clock.advance(250)
      return stream.newest('overview')
    })
    .toMatchObject({ isPartial: false, totals: { live: 1, kinds: { session: 1 } }, replicas: { status: 'idle' } })
  await clock.advance(1000)
  const samples: Sample[] = [(await stream.next('sample')) as Sample]
  expect(samples.reduce((sum, { conflicts = 0 }) => sum + conflicts, 0)).toBe(1)
  // By the clock of the inspector, which has stood still.
  expect(samples[0]?.latencyMs).toBe(0)
  expect(await stream.next('conflicts')).toMatchObject([{ id: 'a', policy: 'counter', lost: 'none', path: ['hits'] }])
  stream.leave()
})

test('closing lets every page go', async () => {
  const { url, close } = await serveInspector({ store: memoryStore() })
  const stream = await follow(url)
  await stream.next('hello')
  await close()
  await stream.over
})

test('a port that is taken is an error that names it', async () => {
  const { url, close } = await serveInspector({ store: memoryStore() })
  const { port } = new URL(url)
  await expect(serveInspector({ store: memoryStore(), port: Number(port) })).rejects.toThrow(`port ${port}`)
  await close()
})

test('in Express it answers under its path, mounted with or without it, and leaves the rest to the application', async () => {
  for (const isMounted of [true, false]) {
    const app = express()
    const page = inspector({ store: memoryStore(), path: '/inspector' })
    if (isMounted) app.use('/inspector', page)
    else app.use(page)
    app.get('/', (_request, response) => void response.send('the shop'))
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    expect(await ask(`${url}/inspector`)).toMatchObject({ status: 303, headers: { location: '/inspector/' } })
    expect((await ask(`${url}/inspector/main.js`)).headers['content-type']).toContain('text/javascript')
    expect((await ask(`${url}/`)).body).toBe('the shop')
    page.close()
  }
})

test('options that are not allowed are refused', () => {
  expect(() => inspector({ store: {} as never })).toThrow('store must be')
  expect(() => inspector({ store: memoryStore(), path: 'inspector' })).toThrow('path is "inspector"')
})
