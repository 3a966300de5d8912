import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import http from 'node:http'
import compression from 'compression'
import type { Express, Response } from 'express'
import { describe, expect, test } from 'vitest'
import { type HeldApp, startHeldApp } from './held-app.ts'

const text = 'all work and no play '.repeat(20_000)
const chunks = Array.from({ length: 20 }, () => text)

const ways: Readonly<Record<string, { readonly handle: (response: Response) => unknown; readonly body: string }>> = {
  'send()': { handle: response => response.type('text').send(text), body: text },
  'a pipe': { handle: response => Readable.from(chunks).pipe(response.type('text')), body: chunks.join('') },
  // The compressor takes it without asking for a pause, so nobody but us owes the pipe a drain.
  'a pipe that begins small': {
    handle: response => Readable.from(['small', text]).pipe(response.type('text')),
    body: `small${text}`,
  },
  'a pipe of what is not compressed': {
    handle: response => Readable.from(chunks).pipe(response.type('application/octet-stream')),
    body: chunks.join(''),
  },
  'bare writes': {
    handle: response => {
      response.type('text')
      for (const chunk of chunks) response.write(chunk)
      response.end()
    },
    body: chunks.join(''),
  },
}

const places = ['outside', 'inside'] as const

/** An application with compression before our middleware (outside) or after it (inside). */
function start(
  place: (typeof places)[number],
  handle: (response: Response) => unknown,
  fails: boolean,
  errorPage?: (response: Response) => unknown,
): Promise<HeldApp> {
  const compress = (app: Express): unknown => app.use(compression())
  return startHeldApp({
    fails,
    ...(errorPage ? { errorPage } : {}),
    ...(place === 'outside' ? { before: compress } : {}),
    routes: app => {
      if (place === 'inside') compress(app)
      app.get('/', (_request, response) => void handle(response))
    },
  })
}

describe.each(places)('compression %s', place => {
  test.each(Object.entries(ways))('%s arrives whole after the commit', async (_name, { handle, body }) => {
    const app = await start(place, handle, false)
    const reply = getCompressed(app.port)
    await app.commit.reached()
    app.commit.open()
    expect(await reply).toEqual({ status: 200, body })
    expect(app.errors).toEqual([])
  })

  test.each(Object.entries(ways))(
    'when the commit of %s fails the error page arrives, and nothing else',
    async (_name, { handle }) => {
      const app = await start(place, handle, true)
      const reply = getCompressed(app.port)
      await app.commit.reached()
      app.commit.open()
      expect(await reply).toEqual({ status: 503, body: '{"message":"the commit failed"}' })
      expect(app.errors).toHaveLength(1)
    },
  )

  test('an error page of megabytes may be piped', async () => {
    const app = await start(
      place,
      response => Readable.from(chunks).pipe(response.type('text')),
      true,
      response => Readable.from(chunks).pipe(response.status(503).type('text')),
    )
    const reply = getCompressed(app.port)
    await app.commit.reached()
    app.commit.open()
    expect(await reply).toEqual({ status: 503, body: chunks.join('') })
  })
})

function getCompressed(port: number): Promise<{ readonly status: number | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      { port, host: '127.0.0.1', agent: false, headers: { 'accept-encoding': 'gzip' } },
      response => {
        const received: Buffer[] = []
        response.on('data', (chunk: Buffer) => received.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const bytes = Buffer.concat(received)
          const isCompressed = response.headers['content-encoding'] === 'gzip'
          resolve({ status: response.statusCode, body: (isCompressed ? gunzipSync(bytes) : bytes).toString() })
        })
      },
    )
    request.on('error', reject)
  })
}
