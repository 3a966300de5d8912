import http, { type ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { holdAnswer } from '../../src/node/hold-answer.ts'
import { listen } from '../listen.ts'

/** What a handler may do to a response, one step. */
const steps: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  setHeader: response => response.setHeader('X-A', 'a'),
  status: response => (response.statusCode = 404),
  message: response => (response.statusMessage = 'Hm'),
  writeHead: response => response.writeHead(201, { 'X-B': 'b' }),
  flushHeaders: response => response.flushHeaders(),
  write: response => response.write('chunk '),
  end: response => response.end('last'),
}

/** Every way to take up to three steps and then to end. Writing after the end is left out: Node crashes the process for it. */
function* sequences(): Generator<readonly string[]> {
  const names = Object.keys(steps)
  let longest: readonly (readonly string[])[] = [[]]
  for (let length = 0; length <= 3; length++) {
    yield* longest
    longest = longest.flatMap(sequence => names.map(name => [...sequence, name]))
  }
}

test('whatever a handler does, the client and the handler see what they would see without us', async () => {
  const port = await listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://test')
    if (pathname === '/held') {
      holdAnswer(response, { beforeHeaders: () => Promise.resolve(), fail: error => response.destroy(error as Error) })
    }
    const outcomes: string[] = []
    for (const name of searchParams.getAll('step')) {
      try {
        steps[name]?.(response)
        outcomes.push(`${response.headersSent} ${response.writableEnded}`)
      } catch (error) {
        outcomes.push((error as { code: string }).code)
      }
    }
    const key = searchParams.toString()
    seen.set(`${pathname} ${key}`, outcomes.join())
    if (!response.writableEnded) response.end()
  })
  const seen = new Map<string, string>()
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
  const checks: Promise<void>[] = []
  for (const sequence of sequences()) {
    const end = sequence.indexOf('end')
    if (end >= 0 && sequence.slice(end + 1).some(name => name === 'write' || name === 'end')) continue
    const query = new URLSearchParams(sequence.map((name): [string, string] => ['step', name])).toString()
    const both = Promise.all(['/plain', '/held'].map(path => get(agent, port, `${path}?${query}`)))
    checks.push(
      both.then(([plain, held]) => {
        const outcomes = seen.get(`/plain ${query}`)
        expect({ ...held, outcomes: seen.get(`/held ${query}`) }, sequence.join()).toEqual({ ...plain, outcomes })
      }),
    )
  }
  await Promise.all(checks)
  agent.destroy()
  expect(checks.length).toBeGreaterThan(300)
})

interface Seen {
  readonly status: number | undefined
  readonly message: string | undefined
  readonly headers: object
  readonly body: string
}

function get(agent: http.Agent, port: number, path: string): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const request = http.get({ agent, port, host: '127.0.0.1', path }, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => {
        const { date: _, ...headers } = response.headers
        resolve({ status: response.statusCode, message: response.statusMessage, headers, body })
      })
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}
