import http2 from 'node:http2'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { atWriteHead } from '../../src/node/at-write-head.ts'
import { holdAnswer } from '../../src/node/hold-answer.ts'

type Handler = (response: ServerResponse) => void

let server: http2.Http2Server | undefined
let client: http2.ClientHttp2Session | undefined

afterEach(async () => {
  client?.close()
  await new Promise(resolve => (server ? server.close(resolve) : resolve(undefined)))
})

/** A request on http2's compatible response, held until a turn of the event loop later. */
async function request(handle: Handler, failure?: Error): Promise<{ status: unknown; cookies: unknown; body: string }> {
  const started = http2.createServer((_request, compatible) => {
    // The compatible response has what a response of http1 has.
    const response = compatible as unknown as ServerResponse
    atWriteHead(response, () => ['sid=1; Path=/'])
    holdAnswer(response, {
      beforeHeaders: async () => {
        await new Promise(resolve => setImmediate(resolve))
        if (failure) throw failure
      },
      fail: error => {
        response.statusCode = 503
        response.end((error as Error).message)
      },
    })
    handle(response)
  })
  server = started
  await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve))
  client = http2.connect(`http://127.0.0.1:${(started.address() as AddressInfo).port}`)
  const stream = client.request({ ':path': '/' })
  let head: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {}
  stream.on('response', headers => (head = headers))
  let body = ''
  for await (const chunk of stream.setEncoding('utf8')) body += String(chunk)
  return { status: head[':status'], cookies: head['set-cookie'], body }
}

describe("http2's compatible response", () => {
  const ways: Readonly<Record<string, Handler>> = {
    end: response => response.end('body'),
    'writeHead with headers': response => response.writeHead(200, { 'x-own': '1' }).end('body'),
    'write and end': response => {
      response.write('bo')
      response.end('dy')
    },
  }

  test.each(Object.entries(ways))('%s is held and has its cookie', async (_name, handle) => {
    expect(await request(handle)).toEqual({ status: 200, cookies: ['sid=1; Path=/'], body: 'body' })
  })

  test('headers cannot be set while it is held', async () => {
    const codes: unknown[] = []
    const reply = await request(response => {
      response.end('body')
      const attempts = [
        () => response.setHeader('x-late', '1'),
        () => response.appendHeader('x-late', '1'),
        () => response.removeHeader('x-late'),
      ]
      for (const attempt of attempts) {
        try {
          attempt()
          codes.push('no error')
        } catch (error) {
          codes.push((error as { code: string }).code)
        }
      }
    })
    expect(reply).toMatchObject({ status: 200, body: 'body' })
    expect(codes).toEqual(Array.from({ length: 3 }, () => 'ERR_HTTP_HEADERS_SENT'))
  })

  test.each(Object.entries(ways))('%s is dropped when the commit fails', async (_name, handle) => {
    const reply = await request(handle, new Error('failed'))
    expect(reply).toEqual({ status: 503, cookies: ['sid=1; Path=/'], body: 'failed' })
  })
})
