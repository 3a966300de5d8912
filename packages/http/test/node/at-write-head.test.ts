import http, { type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { atWriteHead } from '../../src/node/at-write-head.ts'
import { type Reply, send } from '../behaviour/http-client.ts'

let server: http.Server | undefined

afterEach(async () => {
  await new Promise(resolve => (server ? server.close(resolve) : resolve(undefined)))
})

/** The answer of a plain server whose heads carry one more cookie. */
async function answer(handle: (response: ServerResponse) => void, withUs = true): Promise<Reply> {
  const started = http.createServer((_request, response) => {
    if (withUs) atWriteHead(response, () => ['sid=1'])
    handle(response)
  })
  server = started
  await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve))
  const reply = await send((started.address() as AddressInfo).port, '/')
  await new Promise(resolve => started.close(resolve))
  server = undefined
  return reply
}

describe('atWriteHead', () => {
  const heads: Readonly<Record<string, (response: ServerResponse) => void>> = {
    'an implicit head': response => response.end('body'),
    'cookies set before': response => {
      response.setHeader('Set-Cookie', ['own=1', 'more=2'])
      response.end('body')
    },
    'headers as an object': response => response.writeHead(201, { 'X-A': 'b', 'Set-Cookie': 'own=1' }).end('body'),
    'headers as a flat list': response => {
      response.writeHead(201, ['Set-Cookie', 'own=1', 'X-A', 'b', 'Set-Cookie', 'more=2']).end('body')
    },
    'a message and headers': response => response.writeHead(201, 'Made', { 'Set-Cookie': 'own=1' }).end('body'),
    'headers over those that were set': response => {
      response.setHeader('Set-Cookie', 'old=1')
      response.setHeader('X-A', 'a')
      response.writeHead(200, { 'X-A': 'b', 'Set-Cookie': ['own=1'] }).end('body')
    },
    'a number as a header': response => response.writeHead(200, { 'Content-Length': 4 }).end('body'),
    flushHeaders: response => {
      response.flushHeaders()
      response.end('body')
    },
  }

  test.each(Object.entries(heads))('%s: as without us, and our cookie behind the others', async (_name, handle) => {
    const plain = await answer(handle, false)
    const ours = await answer(handle)
    expect(ours.setCookies).toEqual([...plain.setCookies, 'sid=1'])
    const { 'set-cookie': _plain, date: _plainDate, ...expected } = plain.headers
    const { 'set-cookie': _ours, date: _oursDate, 'cache-control': cacheControl, ...headers } = ours.headers
    expect(cacheControl).toBe('private')
    expect(headers).toEqual(expected)
    expect(ours).toMatchObject({ status: plain.status, body: plain.body })
  })

  test('a list replaces what was set, and keeps each of its lines', async () => {
    const reply = await answer(response => {
      response.setHeader('X-A', 'a')
      response.writeHead(200, ['X-A', 'b', 'X-A', 'c']).end('body')
    })
    expect(reply.headers['x-a']).toBe('b, c')
  })

  test('headers as pairs', async () => {
    const pairs = [
      ['X-A', 'b'],
      ['Set-Cookie', 'own=1'],
    ] as unknown as string[]
    const reply = await answer(response => void response.writeHead(200, pairs).end('body'))
    expect(reply).toMatchObject({ headers: { 'x-a': 'b' }, setCookies: ['own=1', 'sid=1'] })
  })

  test('lines are asked for in the instant in which the head is written, and once', async () => {
    const lines: string[] = []
    let asked = 0
    const reply = await answer(response => {
      atWriteHead(response, () => {
        asked++
        return lines
      })
      lines.push('late=1')
      response.write('a')
      lines.push('too-late=1')
      response.end('b')
    })
    expect(reply.setCookies).toEqual(['sid=1', 'late=1'])
    expect(asked).toBe(1)
  })

  test('two sources keep both their lines, also after somebody has put an older writeHead back', async () => {
    const reply = await answer(response => {
      const writeHead = response.writeHead.bind(response)
      atWriteHead(response, () => ['second=1'])
      response.writeHead = writeHead
      response.end('body')
    })
    expect(reply.setCookies).toEqual(['sid=1', 'second=1'])
  })

  test('a head that Node refuses leaves no cookie behind, and the next head has it once', async () => {
    const reply = await answer(response => {
      response.setHeader('Set-Cookie', 'own=1')
      expect(() => response.writeHead(99)).toThrow(RangeError)
      expect(response.getHeader('set-cookie')).toBe('own=1')
      expect(() => response.writeHead(200, { 'X-A': 'a\nb' })).toThrow(TypeError)
      response.writeHead(500).end('error')
    })
    expect(reply).toMatchObject({ status: 500, setCookies: ['own=1', 'sid=1'] })
  })

  test('a second head throws as it does in Node', async () => {
    const reply = await answer(response => {
      response.end('body')
      expect(() => response.writeHead(200)).toThrow('Cannot write headers after they are sent')
    })
    expect(reply.setCookies).toEqual(['sid=1'])
  })
})
