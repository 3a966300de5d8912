import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { memoryStore } from '@scopes/core'
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

  test('ends without a word when nobody reads its output any more, as those of `head`', async () => {
    const address = await manySessions()
    const child = start('list', address, '--json')
    const told = text(child.stderr)
    await once(child.stdout, 'readable')
    child.stdout.destroy()
    const [exitCode] = (await once(child, 'close')) as [number]
    expect({ exitCode, stderr: await told }).toEqual({ exitCode: 141, stderr: '' })
  })

  test.skipIf(!existsSync('/dev/full'))(
    'an output that cannot be written is an error, and no reader that has gone',
    async () => {
      const path = join(await temporaryDirectory(), 'scopes.db')
      await inShop(sqliteStore({ path }), fillShop)
      const full = await open('/dev/full', 'w')
      const child = spawn(process.execPath, [program, 'export', `sqlite:${path}`], {
        stdio: ['ignore', full.fd, 'pipe'],
      })
      const [told, [exitCode]] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'close')])
      await full.close()
      expect(exitCode).toBe(1)
      expect(told).toContain('Standard output cannot be written: ENOSPC')
    },
  )

  test('where nobody hears what it tells, it ends with the same code', async () => {
    const child = start('lisst')
    child.stderr.destroy()
    expect(await once(child, 'close')).toEqual([2, null])
  })

  test('a follower that is stopped ends as what is stopped does', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    await inShop(sqliteStore({ path }), fillShop)
    const child = start('tail', `sqlite:${path}`)
    await once(child.stderr, 'data')
    child.kill('SIGINT')
    const [exitCode] = (await once(child, 'close')) as [number]
    expect(exitCode).toBe(130)
  })
})

function start(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function scopes(...args: string[]): Promise<{ exitCode: unknown; stdout: string; stderr: string }> {
  const child = start(...args)
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { exitCode, stdout, stderr }
}

/** So many that no pipe takes all their rows. */
async function manySessions(): Promise<string> {
  const path = join(await temporaryDirectory(), 'scopes.db')
  const source = memoryStore()
  await inShop(source, async shop => {
    await fillShop(shop)
    const { bytes } = (await source.load('session:shop:visitor-3')) ?? {}
    const store = sqliteStore({ path })
    for (let count = 0; count < 2000 && bytes; count += 500) {
      const keys = Array.from({ length: 500 }, (_, index) => `session:shop:many-${count + index}`)
      await Promise.all(keys.map(key => store.insert(key, bytes)))
    }
    await store.close()
  })
  return `sqlite:${path}`
}
