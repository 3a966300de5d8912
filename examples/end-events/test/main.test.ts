import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('the end that was asked for and the one that came by itself are told, with what was left', async () => {
  const options = ['--conditions=@scopes/source', '--import', 'tsx', 'src/main.ts']
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: join(import.meta.dirname, '..') })
  expect(stdout.trim().split('\n')).toEqual([
    'ann: ended (checkout), left in the cart: pear',
    'bob: expired, left in the cart: apple',
  ])
}, 60_000)
