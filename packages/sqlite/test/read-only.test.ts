import { join } from 'node:path'

import { StoreUnavailableError } from '@scopes/core'
import { describe, expect, onTestFinished, test } from 'vitest'

import { sqliteStore } from '../src/sqlite-store.ts'
import { mountReadOnly, reasonNotToMount } from '@scopes/test-programs/mount'
import { temporaryDirectory } from './temporary-directory.ts'
import { bytesOf, rejection } from './writing.ts'

describe.skipIf(reasonNotToMount !== undefined)(
  `S02: a read-only file system${reasonNotToMount ? ` (skipped: ${reasonNotToMount})` : ''}`,
  () => {
    test.each(['a store that was closed', 'a store in use', 'no store'])('with %s: open says so', async found => {
      const directory = await temporaryDirectory()
      const store = sqliteStore({ path: join(directory, 'scopes.db') })
      onTestFinished(() => store.close())
      if (found !== 'no store') await store.insert('session:shop:1', bytesOf('a'))
      if (found === 'a store that was closed') await store.close()

      const path = join(mountReadOnly(directory), 'scopes.db')
      const reader = sqliteStore({ path })
      for (const call of [
        reader.open(),
        reader.load('session:shop:1'),
        reader.insert('session:shop:2', bytesOf('b')),
      ]) {
        const error = await rejection(call)
        expect(error).toBeInstanceOf(StoreUnavailableError)
        expect(error).toMatchObject({ outcome: 'none' })
        expect((error as Error).message).toMatch(/scopes\.db cannot be written: .*read-only/)
      }
    })

    test('a missing directory on it is an error too', async () => {
      const directory = mountReadOnly(await temporaryDirectory())
      const error = await rejection(sqliteStore({ path: join(directory, 'data', 'scopes.db') }).open())
      expect(error).toBeInstanceOf(StoreUnavailableError)
      expect((error as Error).message).toMatch(/data\/scopes\.db cannot be /)
    })
  },
)
