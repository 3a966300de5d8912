import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'

let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))

/** Starts the service as a reader would, and gives the lines that it prints. */
function startService(): AsyncIterableIterator<string> {
  const directory = join(import.meta.dirname, '..')
  const options = ['--conditions=@scopes/source', '--import', 'tsx', 'src/main.ts']
  child = spawn(process.execPath, options, { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] })
  if (!child.stdout) throw new Error('The service has no output.')
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]()
}

async function untilLine(lines: AsyncIterator<string>, wanted: RegExp): Promise<string> {
  for (;;) {
    const { value, done } = await lines.next()
    if (done) throw new Error(`The service ended before it printed ${wanted}.`)
    if (wanted.test(value)) return value
  }
}

test('every one of 50 visits at once is counted, and told to the subscriber', async () => {
  const lines = startService()
  const url = await untilLine(lines, /^http:/)
  const visit = async (): Promise<number> => ((await (await fetch(url)).json()) as { visits: number }).visits
  const counted = await Promise.all(Array.from({ length: 50 }, visit))
  expect(Math.max(...counted)).toBe(50)
  await untilLine(lines, /^visits: 50$/)
}, 30_000)

test('SIGTERM ends it by itself', async () => {
  await untilLine(startService(), /^http:/)
  child?.kill('SIGTERM')
  expect(await once(child as ChildProcess, 'exit')).toEqual([0, null])
}, 30_000)
