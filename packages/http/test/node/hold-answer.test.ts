import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { Response } from 'express'
import { describe, expect, test } from 'vitest'
import { Barrier } from '../behaviour/barrier.ts'
import { send } from '../behaviour/http-client.ts'
import { route, sendThrough, startHeldApp } from './held-app.ts'

const thisFile = fileURLToPath(import.meta.url)
const large = 'x'.repeat(3_000_000)

describe('what is held', () => {
  const ways: Readonly<Record<string, (response: Response) => unknown>> = {
    json: response => response.json({ a: 1 }),
    send: response => response.send('text'),
    redirect: response => response.redirect('/elsewhere'),
    sendFile: response => response.sendFile(thisFile),
    'end of a stream by pipe': response => Readable.from(['a', 'b']).pipe(response),
    pipeline: response => pipeline(Readable.from(['a', 'b']), response),
    writeHead: response => response.writeHead(200).end('raw'),
    flushHeaders: response => {
      response.flushHeaders()
      response.end('flushed')
    },
    'write and end': response => {
      response.write('a')
      response.end('b')
    },
  }

  test.each(Object.entries(ways))('%s leaves after the commit, the same as without us', async (_name, handle) => {
    const plain = await startHeldApp({ isClean: true, routes: route(handle) })
    const expected = await send(plain.port, '/')
    const app = await startHeldApp({ routes: route(handle) })
    let hasAnswered = false
    const reply = send(app.port, '/').then(answer => {
      hasAnswered = true
      return answer
    })
    await app.commit.reached()
    expect(hasAnswered).toBe(false)
    app.commit.open()
    const { date, ...headers } = (await reply).headers
    expect({ ...headers, date: date === undefined }).toEqual({ ...expected.headers, date: false })
    expect(await reply).toMatchObject({ status: expected.status, body: expected.body })
  })

  test('the status is asked once, with the status of the head', async () => {
    const app = await startHeldApp({
      isClean: true,
      routes: server => {
        server.get('/implicit', (_request, response) => void response.status(404).send('no'))
        server.get('/explicit', (_request, response) => void response.status(404).writeHead(201, 'Made').end('yes'))
      },
    })
    await send(app.port, '/implicit')
    await send(app.port, '/explicit')
    expect(app.statuses).toEqual([404, 201])
  })

  test('informational heads are not', async () => {
    const app = await startHeldApp({
      routes: route(response => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' })
        response.end('done')
      }),
    })
    const hinted = new Barrier()
    const reply = send(app.port, '/', { onHint: () => hinted.open() })
    await hinted.pass()
    app.commit.open()
    expect((await reply).hints).toHaveLength(1)
  })

  test('with nothing to commit the head leaves in the same tick', async () => {
    const seen: unknown[] = []
    const app = await startHeldApp({
      isClean: true,
      routes: route(response => {
        response.writeHead(200)
        seen.push(response.headersSent)
        seen.push(response.write('a'))
        response.end()
        seen.push(response.writableEnded)
      }),
    })
    expect((await send(app.port, '/')).body).toBe('a')
    expect(seen).toEqual([true, true, true])
  })
})

describe('a held response answers like one whose head is out', () => {
  test('headersSent is true, so that res.json() and then next() is not a second answer', async () => {
    const seen: boolean[] = []
    const app = await startHeldApp({
      routes: server => {
        server.get('/', (_request, response, next) => {
          response.json('first')
          next()
        })
        server.use((_request, response) => {
          seen.push(response.headersSent)
          if (!response.headersSent) response.send('second')
        })
      },
    })
    expect(await sendThrough(app)).toMatchObject({ status: 200, body: '"first"' })
    expect(seen).toEqual([true])
  })

  test('a second answer throws ERR_HTTP_HEADERS_SENT at once, and the first stays whole', async () => {
    const codes: unknown[] = []
    const attempt = (what: () => unknown): void => {
      try {
        what()
        codes.push('no error')
      } catch (error) {
        codes.push((error as { code: string }).code)
      }
    }
    const app = await startHeldApp({
      routes: route(response => {
        response.end('one')
        attempt(() => response.send('two'))
        attempt(() => response.setHeader('X-Late', '1'))
        attempt(() => response.appendHeader('X-Late', '1'))
        attempt(() => response.removeHeader('X-Late'))
        attempt(() => response.writeHead(404))
      }),
    })
    const reply = await sendThrough(app)
    expect(reply).toMatchObject({ status: 200, body: 'one' })
    expect(reply.headers).not.toHaveProperty('x-late')
    expect(codes).toEqual(Array.from({ length: 5 }, () => 'ERR_HTTP_HEADERS_SENT'))
    expect(app.statuses).toEqual([200])
  })

  test('what is written after the first end is ignored, and told to its callback', async () => {
    const told: unknown[] = []
    const tell = (error?: (Error & { code?: string }) | null): unknown => told.push(error?.code)
    const app = await startHeldApp({
      routes: route(response => {
        response.end('one')
        response.write('two', tell)
        response.end('three', tell)
      }),
    })
    expect((await sendThrough(app)).body).toBe('one')
    expect(told).toEqual(['ERR_STREAM_WRITE_AFTER_END', 'ERR_STREAM_WRITE_AFTER_END'])
  })

  test('writableEnded is true after end', async () => {
    const seen: boolean[] = []
    const app = await startHeldApp({
      routes: route(response => {
        response.write('a')
        seen.push(response.writableEnded)
        response.end()
        seen.push(response.writableEnded)
      }),
    })
    await sendThrough(app)
    expect(seen).toEqual([false, true])
  })

  test('status and message are those of the moment in which the head should have left', async () => {
    const app = await startHeldApp({
      routes: route(response => {
        response.statusMessage = 'Fine'
        response.json('found')
        response.status(404)
        response.statusMessage = 'Lost'
      }),
    })
    expect(await sendThrough(app)).toMatchObject({ status: 200, statusMessage: 'Fine', body: '"found"' })
  })

  test('write gives false and drain follows, so that a pipe of megabytes arrives', async () => {
    const app = await startHeldApp({
      routes: route(response => Readable.from([large.slice(0, 10), large, large]).pipe(response)),
    })
    expect((await sendThrough(app)).body).toHaveLength(2 * large.length + 10)
  })

  test('somebody who awaits drain goes on', async () => {
    const app = await startHeldApp({
      routes: route(async response => {
        const accepted = response.write('a')
        await once(response, 'drain')
        response.end(`${accepted}`)
      }),
    })
    expect((await sendThrough(app)).body).toBe('afalse')
  })

  test('a head that Node refuses in the replay goes to the error handler', async () => {
    const app = await startHeldApp({
      routes: route(response => response.writeHead(200, { 'X-Bad': 'a\nb' }).end('never')),
    })
    const reply = await sendThrough(app)
    expect(reply).toMatchObject({ status: 500 })
    expect(reply.body).not.toContain('never')
    expect(app.errors).toEqual([expect.objectContaining({ code: 'ERR_INVALID_CHAR' })])
  })
})
