import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { bundleProgram } from '@scopes/test-programs'
import { expect, onTestFinished, test } from 'vitest'

/** A process of the service, and what it printed when it was ready. */
interface Service {
  readonly child: ChildProcess
  readonly address: string
  readonly url: string
}

/** Starts the service: on the test server, or on the one at this address. */
async function startService(address?: string): Promise<Service> {
  const { child, printed } = await startProgram('main', address)
  return { child, address: (await printed()).replace('COUCHBASE_URL=', ''), url: await printed() }
}

interface Program {
  readonly child: ChildProcess
  /** The next line that it prints. */
  readonly printed: () => Promise<string>
}

async function startProgram(name: string, address: string | undefined): Promise<Program> {
  const program = await bundleProgram(new URL(`../src/${name}.ts`, import.meta.url))
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, COUCHBASE_URL: address },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  if (!child.stdout) throw new Error('The program has no output.')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { child, printed: async () => String((await lines.next()).value) }
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

test('one process writes, another prints each change as it is made, from the creation to the end', async () => {
  const service = await startService()
  const follower = await startProgram('follow', service.address)
  expect(await follower.printed()).toBe('following')
  const cookie = (await fetch(service.url)).headers.getSetCookie().join('; ').replace(/;.*/, '')
  expect(await follower.printed()).toMatch(/ created 1$/)
  await fetch(service.url, { headers: { cookie } })
  expect(await follower.printed()).toMatch(/ updated 2$/)
  await fetch(`${service.url}/logout`, { method: 'POST', headers: { cookie } })
  expect(await follower.printed()).toMatch(/ ended 2$/)
  follower.child.kill('SIGTERM')
  expect(await once(follower.child, 'exit')).toEqual([0, null])
}, 60_000)
