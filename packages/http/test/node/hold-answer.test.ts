import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { Express, Response } from 'express'
import { Router } from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { Barrier } from '../behaviour/barrier.ts'
import { type Reply, send } from '../behaviour/http-client.ts'
import { type HeldApp, type HeldAppParts, startHeldApp } from './held-app.ts'

const thisFile = fileURLToPath(import.meta.url)
const large = 'x'.repeat(3_000_000)

let running: HeldApp | undefined

afterEach(async () => {
  await running?.close()
  running = undefined
})

async function start(parts: HeldAppParts): Promise<HeldApp> {
  return (running = await startHeldApp(parts))
}

/** Sends, lets the commit go on once the answer is held, and gives the reply. */
async function sendThrough({ port, commit }: HeldApp, path = '/', method = 'GET'): Promise<Reply> {
  const reply = send(port, path, { method })
  await commit.reached()
  commit.open()
  return reply
}

/** One turn of the event loop. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

function route(handle: (response: Response) => unknown): (app: Express) => void {
  return app => {
    app.get('/', async (_request, response) => {
      await handle(response)
    })
  }
}

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
    await plain.close()
    const app = await start({ routes: route(handle) })
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
    const app = await start({
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
    const app = await start({
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
    const app = await start({
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
    const app = await start({
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
    const app = await start({
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
    const app = await start({
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
    const app = await start({
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
    const app = await start({
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
    const app = await start({
      routes: route(response => Readable.from([large.slice(0, 10), large, large]).pipe(response)),
    })
    expect((await sendThrough(app)).body).toHaveLength(2 * large.length + 10)
  })

  test('somebody who awaits drain goes on', async () => {
    const app = await start({
      routes: route(async response => {
        const accepted = response.write('a')
        await once(response, 'drain')
        response.end(`${accepted}`)
      }),
    })
    expect((await sendThrough(app)).body).toBe('afalse')
  })

  test('a head that Node refuses in the replay goes to the error handler', async () => {
    const app = await start({ routes: route(response => response.writeHead(200, { 'X-Bad': 'a\nb' }).end('never')) })
    const reply = await sendThrough(app)
    expect(reply).toMatchObject({ status: 500 })
    expect(reply.body).not.toContain('never')
    expect(app.errors).toEqual([expect.objectContaining({ code: 'ERR_INVALID_CHAR' })])
  })
})

describe('a commit that fails', () => {
  test('drops the answer with its headers and its status; the application keeps its own', async () => {
    const app = await start({
      fails: true,
      routes: route(response => {
        response.set({
          'Cache-Control': 'public',
          'Content-Language': 'en',
          'Content-Security-Policy': "default-src 'self'",
          'Last-Modified': new Date(0).toUTCString(),
          'X-Powered-By': 'shop',
        })
        response.cookie('own', '1')
        response.statusMessage = 'Fine'
        response.redirect(303, '/elsewhere')
      }),
      // A page that sets no status must not get that of the dropped answer.
      errorPage: response => response.end('page'),
    })
    const reply = await sendThrough(app)
    expect(reply).toMatchObject({ status: 503, statusMessage: 'Service Unavailable', body: 'page' })
    expect(reply.setCookies).toEqual(['own=1; Path=/'])
    const dropped = ['cache-control', 'content-language', 'content-type', 'last-modified', 'location']
    expect(dropped.filter(name => name in reply.headers)).toEqual([])
    expect(reply.headers).toMatchObject({ 'content-security-policy': "default-src 'self'", 'x-powered-by': 'shop' })
  })

  test('goes to the error handlers of the application, with the right url, past those of sub-routers', async () => {
    const app = await start({
      fails: true,
      routes: server => {
        const router = Router()
        router.get('/item', (_request, response) => void response.json('stored!'))
        router.use((_error: Error, _request: unknown, response: Response, _next: unknown) =>
          response.send('sub-router'),
        )
        server.use('/api', router)
      },
    })
    const reply = await sendThrough(app, '/api/item?a=1')
    expect(reply).toMatchObject({ status: 503, body: '{"message":"the commit failed"}' })
    expect(reply.headers['x-url']).toBe('/api/item?a=1')
    expect(app.errors).toHaveLength(1)
  })

  test('tells the callbacks of what was dropped', async () => {
    const told: unknown[] = []
    const app = await start({
      fails: true,
      routes: route(response => {
        response.write('a', error => told.push(error))
        response.end('b', (error?: Error) => told.push(error))
      }),
    })
    await sendThrough(app)
    expect(told).toEqual([app.errors[0], app.errors[0]])
  })

  test('destroys piped sources when the response closes, and sends none of their bytes', async () => {
    const source = createReadStream(thisFile)
    const closed = once(source, 'close')
    const app = await start({ fails: true, routes: route(response => source.pipe(response)) })
    expect(await sendThrough(app)).toMatchObject({ status: 503, body: '{"message":"the commit failed"}' })
    await closed
    expect(source.destroyed).toBe(true)
  })

  test('lets no piped source into an error page that is long enough for a drain', async () => {
    const app = await start({
      fails: true,
      routes: route(response => Readable.from(['stored!', 'stored!']).pipe(response)),
      errorPage: async response => {
        response.writeHead(503)
        response.write(large)
        await once(response, 'drain')
        await turn()
        response.end('end')
      },
    })
    expect((await sendThrough(app)).body).toBe(`${large}end`)
  })

  test('leaves alone a source that the handler itself had taken off', async () => {
    const source = Readable.from(['kept', 'kept'])
    const app = await start({
      fails: true,
      routes: route(response => {
        source.pipe(response)
        source.unpipe(response)
        response.end('stored!')
      }),
    })
    expect((await sendThrough(app)).status).toBe(503)
    await turn()
    expect(source.destroyed).toBe(false)
  })

  test('swallows what middleware between us and the handler still sends of the dropped answer', async () => {
    const sent = new Barrier()
    const app = await start({
      fails: true,
      routes: server => {
        server.use((_request, response, next) => {
          const write = response.write.bind(response)
          const end = response.end.bind(response)
          response.end = ((chunk: string) => {
            write(chunk)
            void sent.reached().then(() => {
              write('stored!')
              end('stored!')
              sent.open()
            })
            return response
          }) as Response['end']
          next()
        })
        server.get('/', (_request, response) => void response.end('stored!'))
      },
      errorPage: async response => {
        await sent.pass()
        response.status(503).json('page')
      },
    })
    expect(await sendThrough(app)).toMatchObject({ status: 503, body: '"page"' })
  })

  test('does not destroy the source of the error page', async () => {
    const app = await start({
      fails: true,
      routes: route(response => Readable.from(['stored!']).pipe(response)),
      errorPage: response => Readable.from(['error ', 'page']).pipe(response.status(503)),
    })
    expect(await sendThrough(app)).toMatchObject({ status: 503, body: 'error page' })
  })

  const pages: Readonly<Record<string, (response: Response) => unknown>> = {
    end: response => response.status(503).json('page'),
    writeHead: response => {
      response.writeHead(503)
      response.write('"page"')
      response.end()
    },
    'a pipe': response => Readable.from(['"page"']).pipe(response.status(503)),
  }

  test.each(Object.entries(pages))('mutes a loop of bare writes until the page begins by %s', async (_way, page) => {
    const written = new Barrier()
    const ended = new Barrier()
    const app = await start({
      fails: true,
      routes: route(async response => {
        response.write('event 1')
        await ended.reached()
        response.write('event 2', () => written.open())
        response.flushHeaders()
      }),
      errorPage: async response => {
        void ended.pass()
        await written.pass()
        page(response)
      },
    })
    expect(await sendThrough(app)).toMatchObject({ status: 503, body: '"page"' })
  })

  test('swallows what is still written after the error page', async () => {
    const finished = new Barrier()
    const told: unknown[] = []
    const app = await start({
      fails: true,
      routes: route(async response => {
        response.write('event 1')
        await finished.pass()
        response.write('event 2', error => told.push((error as { code?: string } | null)?.code))
        response.end('event 3', (error?: { code?: string }) => told.push(error?.code))
      }),
      errorPage: response => {
        response.status(503).json('page')
        finished.open()
      },
    })
    expect(await sendThrough(app)).toMatchObject({ status: 503, body: '"page"' })
    await turn()
    expect(told).toEqual(['ERR_STREAM_WRITE_AFTER_END', 'ERR_STREAM_WRITE_AFTER_END'])
  })

  test('makes pipeline reject with ERR_STREAM_PREMATURE_CLOSE', async () => {
    const rejected = new Barrier()
    let code: unknown
    const app = await start({
      fails: true,
      routes: route(async response => {
        await pipeline(Readable.from(['stored!', 'stored!']), response).catch(
          (error: { code: string }) => (code = error.code),
        )
        rejected.open()
      }),
      // A page that takes its time is sent all the same: pipeline must not have destroyed the response by then.
      errorPage: async response => {
        await turn()
        await turn()
        response.status(503).json('page')
      },
    })
    expect(await sendThrough(app)).toMatchObject({ status: 503, body: '"page"' })
    await rejected.pass()
    expect(code).toBe('ERR_STREAM_PREMATURE_CLOSE')
  })

  test("gives ECONNABORTED to sendFile's callback", async () => {
    const called = new Barrier()
    let code: unknown
    const app = await start({
      fails: true,
      routes: route(response =>
        response.sendFile(thisFile, error => {
          code = (error as { code?: string } | undefined)?.code
          called.open()
        }),
      ),
    })
    expect((await sendThrough(app)).status).toBe(503)
    await called.pass()
    expect(code).toBe('ECONNABORTED')
  })
})
