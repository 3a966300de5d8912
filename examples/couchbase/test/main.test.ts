import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'

/** A process of the service, and what it printed when it was ready. */
interface Service {
  readonly child: ChildProcess
  readonly address: string
  readonly url: string
}

/** Starts the service as a reader would: on the test server, or on the one at this address. */
async function startService(address?: string): Promise<Service> {
  const directory = join(import.meta.dirname, '..')
  const options = ['--conditions=@scopes/source', '--import', 'tsx', 'src/main.ts']
  const child = spawn(process.execPath, options, {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, COUCHBASE_URL: address },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  if (!child.stdout) throw new Error('The service has no output.')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const printed = async (): Promise<string> => String((await lines.next()).value)
  return { child, address: (await printed()).replace('COUCHBASE_URL=', ''), url: await printed() }
}

interface Answer {
  readonly visits: number
  readonly answeredBy: readonly string[]
}

test('two processes serve one visitor, no visit is lost, and a logout holds for both', async () => {
  const first = await startService()
  const second = await startService(first.address)
  const cookie = (await fetch(first.url)).headers.getSetCookie().join('; ').replace(/;.*/, '')
  const visit = async ({ url }: Service): Promise<Answer> =>
    (await (await fetch(url, { headers: { cookie } })).json()) as Answer
  await Promise.all(Array.from({ length: 40 }, (_, index) => visit(index % 2 ? first : second)))
  const { visits, answeredBy } = await visit(first)
  expect(visits).toBe(42)
  expect(answeredBy).toContain(`process ${first.child.pid}`)
  expect((await fetch(`${second.url}/logout`, { method: 'POST', headers: { cookie } })).status).toBe(204)
  expect((await visit(first)).visits).toBe(1)
  second.child.kill('SIGTERM')
  expect(await once(second.child, 'exit')).toEqual([0, null])
}, 60_000)
