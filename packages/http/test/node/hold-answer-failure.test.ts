import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { type Response, Router } from 'express'
import { describe, expect, test } from 'vitest'
import { Barrier } from '../behaviour/barrier.ts'
import { route, sendThrough, startHeldApp } from './held-app.ts'

const thisFile = fileURLToPath(import.meta.url)
const large = 'x'.repeat(3_000_000)

/** One turn of the event loop. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

describe('a commit that fails', () => {
  test('drops the answer with its headers and its status; the application keeps its own', async () => {
    const app = await startHeldApp({
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
    const app = await startHeldApp({
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

  test('leaves a response that has neither begun nor ended, until the error page does', async () => {
    const states: boolean[] = []
    const app = await startHeldApp({
      fails: true,
      routes: route(response => response.end('stored!')),
      errorPage: response => {
        states.push(response.headersSent, response.writableEnded)
        response.end('page')
        states.push(response.headersSent, response.writableEnded)
      },
    })
    expect(await sendThrough(app)).toMatchObject({ status: 503, body: 'page' })
    expect(states).toEqual([false, false, true, true])
  })

  test('tells the callbacks of what was dropped', async () => {
    const told: unknown[] = []
    const app = await startHeldApp({
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
    const app = await startHeldApp({ fails: true, routes: route(response => source.pipe(response)) })
    expect(await sendThrough(app)).toMatchObject({ status: 503, body: '{"message":"the commit failed"}' })
    await closed
    expect(source.destroyed).toBe(true)
  })

  test('lets no piped source into an error page that is long enough for a drain', async () => {
    const app = await startHeldApp({
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
    const app = await startHeldApp({
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
    const app = await startHeldApp({
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
    const app = await startHeldApp({
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
    const app = await startHeldApp({
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
    const app = await startHeldApp({
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
    const app = await startHeldApp({
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
    const app = await startHeldApp({
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
