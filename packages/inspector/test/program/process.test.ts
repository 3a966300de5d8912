import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@scopes/sqlite'
import { bundleProgram } from '@scopes/test-programs'
import { beforeAll, describe, expect, test } from 'vitest'
import { fillShop, inShop } from '../shop.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

let program = ''

beforeAll(async () => {
  program = fileURLToPath(await bundleProgram(new URL('../../src/program/scopes.ts', import.meta.url)))
})

describe('the program, as a process', () => {
  test('prints the rows of a store, and ends with 0', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    await inShop(sqliteStore({ path }), fillShop)
    const { exitCode, stdout, stderr } = await scopes('list', `sqlite:${path}`)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout.split('\n')[0]).toMatch(/^KEY +VERSION +SIZE +DEADLINE +STATE$/)
    expect(stdout).toMatch(/^session:shop:visitor-2 +2 +\d+ B +\S+ +ended: logout$/m)
  })

  test('of a command line that it cannot follow it says why, on standard error, and ends with 2', async () => {
    expect(await scopes('lisst')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'There is no command "lisst"; did you mean "list"?\nMore: scopes --help\n',
    })
  })
})

async function scopes(...args: string[]): Promise<{ exitCode: unknown; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { exitCode, stdout, stderr }
}
