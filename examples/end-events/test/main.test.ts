import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundleProgram } from '@scopes/test-programs'
import { expect, test } from 'vitest'

test('the end that was asked for and the one that came by itself are told, with what was left', async () => {
  const program = await bundleProgram(new URL('../src/main.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(program)])
  expect(stdout.trim().split('\n')).toEqual([
    'ann: ended (checkout), left in the cart: pear',
    'bob: expired, left in the cart: apple',
  ])
}, 60_000)
