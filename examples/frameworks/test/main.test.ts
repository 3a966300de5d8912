import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { bundleProgram } from '@scopes/test-programs'
import { afterEach, describe, expect, test } from 'vitest'

let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))

/** Starts the application and gives the URL on which it says that it listens. */
async function start(program: URL): Promise<string> {
  const started = spawn(process.execPath, [fileURLToPath(await bundleProgram(program))], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  child = started
  const failure = text(started.stderr)
  let printed = ''
  for await (const chunk of started.stdout) {
    printed += String(chunk)
    const [, port] = /port: (\d+)/.exec(printed) ?? []
    if (port !== undefined) return `http://127.0.0.1:${port}/`
  }
  throw new Error(`It ended before it listened: ${await failure}`)
}

describe.each(['express', 'fastify', 'koa', 'hono'])('sessions in %s', name => {
  const program = new URL(`../src/${name}.ts`, import.meta.url)

  test('each visitor has a count of his own, in which every one of 20 requests at once is counted', async () => {
    const url = await start(program)
    const first = await fetch(url)
    expect(await first.json()).toEqual({ visits: 1 })
    const [cookie = ''] = (first.headers.get('set-cookie') ?? '').split(';')
    const again = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(url, { headers: { cookie } })).json()),
    )
    expect(Math.max(...(again as { visits: number }[]).map(({ visits }) => visits))).toBe(21)
    expect(await (await fetch(url)).json()).toEqual({ visits: 1 })
  })

  test('it is at most 15 lines', async () => {
    const lines = (await readFile(program, 'utf8')).split('\n').filter(line => line !== '')
    expect(lines.length).toBeLessThanOrEqual(15)
  })
})
