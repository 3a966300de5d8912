import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sqliteStore } from '@scopes/sqlite'
import { mountReadOnly, reasonNotToMount } from '@scopes/test-programs/mount'
import { describe, expect, test } from 'vitest'
import { runScopes } from '../run-scopes.ts'
import { fillShop, inShop } from '../shop.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

describe.skipIf(reasonNotToMount !== undefined)(
  `a read-only file system${reasonNotToMount ? ` (skipped: ${reasonNotToMount})` : ''}`,
  () => {
    test('with a store on it is an error that names the file and says what to do', async () => {
      const directory = await temporaryDirectory()
      await inShop(sqliteStore({ path: join(directory, 'scopes.db') }), fillShop)
      const path = join(mountReadOnly(directory), 'scopes.db')
      const before = await readdir(directory)
      for (const command of ['list', 'verify', 'tail', 'export']) {
        const { exitCode, stdout, stderr } = await runScopes([command, `sqlite:${path}`])
        expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
        expect(stderr).toContain(`${path} cannot be written`)
        expect(stderr).toContain('A copy of its directory')
      }
      // Those beside the file may go meanwhile: on some drivers when the statements of the closed store are collected.
      expect(before).toEqual(expect.arrayContaining(await readdir(directory)))
    })

    test('takes no export, and says so', async () => {
      const directory = await temporaryDirectory()
      await inShop(sqliteStore({ path: join(directory, 'scopes.db') }), fillShop)
      const file = join(mountReadOnly(await temporaryDirectory()), 'export.ndjson')
      const { exitCode, stderr } = await runScopes(['export', `sqlite:${join(directory, 'scopes.db')}`, '-o', file])
      expect(exitCode).toBe(1)
      expect(stderr).toContain(`${file} cannot be written`)
    })
  },
)
