import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundleProgram } from '@scopes/test-programs'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const source = (name: string): URL => new URL(import.meta.resolve(`@scopes/example-shop/${name}`))
const load = await bundleProgram(source('load'), [source('main'), source('worker')])

test('load reads 0 lost of 800 in each shape, and 0 revived of 10', { timeout: 240_000 }, async () => {
  const { stdout, stderr, code } = await run(process.execPath, [fileURLToPath(load), '--json']).then(
    told => ({ ...told, code: 0 }),
    // What it has told says what was wrong.
    (failed: { readonly stdout: string; readonly stderr: string; readonly code: number }) => failed,
  )
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 })
  const rows = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
  const columns = ['shape', 'expected', 'seen', 'lost', 'revived', 'requestsPerSecond', 'p99Ms']
  for (const row of rows) expect(Object.keys(row)).toEqual(columns)
  expect(rows).toMatchObject([
    { shape: 'at-once', expected: 800, seen: 800, lost: 0, revived: 0 },
    { shape: 'slow-handler', expected: 800, seen: 800, lost: 0, revived: 0 },
    { shape: 'own-keys', expected: 800, seen: 800, lost: 0, revived: 0 },
    { shape: 'logout-in-flight', expected: 10, seen: 10, lost: 0, revived: 0 },
  ])
})
