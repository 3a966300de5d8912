import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { StoreUnavailableError } from '@scopes/core'
import { describe, expect, test } from 'vitest'

import { mountMemory, reasonNotToMount } from '@scopes/test-programs/mount'
import { newStore } from './new-store.ts'
import { withRawDatabase } from './raw-database.ts'
import { rejection } from './writing.ts'

const block = new Uint8Array(64 * 1024).fill(7)

/** Fills what is left of the disk with a file. */
function fill(directory: string): string {
  const path = join(directory, 'ballast')
  for (let size = 16 * 1024 * 1024; size >= 1; size = Math.floor(size / 2)) {
    try {
      writeFileSync(path, Buffer.alloc(size), { flag: 'a' })
    } catch {
      // So much does not fit any more.
    }
  }
  return path
}

describe.skipIf(reasonNotToMount !== undefined)(
  `a full disk${reasonNotToMount ? ` (skipped: ${reasonNotToMount})` : ''}`,
  () => {
    test.each(['committed', 'flushed'] as const)(
      '%s: a write fails with nothing written, all stays readable, and the same store goes on when there is space',
      async durability => {
        const directory = mountMemory(8)
        const reserve = join(directory, 'reserve')
        writeFileSync(reserve, Buffer.alloc(2 * 1024 * 1024))
        const path = join(directory, 'scopes.db')
        const store = await newStore({ path, durability })
        const written: string[] = []
        let error: unknown
        for (let number = 0; error === undefined && number < 1000; number++) {
          const key = `session:shop:${number}`
          await store.insert(key, block).then(
            () => written.push(key),
            reason => (error = reason as unknown),
          )
        }
        expect(error).toBeInstanceOf(StoreUnavailableError)
        expect(error).toMatchObject({ outcome: 'none' })
        expect((error as Error).message).toMatch(/disk of .*scopes\.db is full/)
        fill(directory)

        const failed = await Promise.allSettled(['a', 'b', 'c'].map(key => store.insert(`late:shop:${key}`, block)))
        expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
        for (const key of written) expect((await store.load(key))?.bytes).toHaveLength(block.length)
        expect(await store.load(`session:shop:${written.length}`)).toBeUndefined()
        expect(await store.load('late:shop:a')).toBeUndefined()

        rmSync(reserve)
        expect(await store.insert('session:shop:after', block)).toMatchObject({ type: 'done' })
        await store.close()
        const health = await withRawDatabase(path, raw => raw.prepare('PRAGMA integrity_check').all())
        expect(health).toEqual([{ integrity_check: 'ok' }])
      },
    )

    test('a store that cannot be opened for lack of space says so, and opens when there is some', async () => {
      const directory = mountMemory(2)
      const ballast = fill(directory)
      const store = await newStore({ path: join(directory, 'scopes.db') }).catch((error: unknown) => error)
      expect(store).toBeInstanceOf(StoreUnavailableError)
      expect((store as Error).message).toContain('scopes.db')
      rmSync(ballast)
      const later = await newStore({ path: join(directory, 'scopes.db') })
      expect(await later.insert('session:shop:1', Uint8Array.of(1))).toMatchObject({ type: 'done' })
    })

    test('close resolves on a full disk, and nothing that was acknowledged is gone after it', async () => {
      const directory = mountMemory(4)
      const path = join(directory, 'scopes.db')
      const store = await newStore({ path })
      for (let number = 0; number < 20; number++) await store.insert(`session:shop:${number}`, block)
      fill(directory)
      await store.close()
      await store.open()
      for (let number = 0; number < 20; number++) {
        expect((await store.load(`session:shop:${number}`))?.bytes).toHaveLength(block.length)
      }
      expect(await rejection(store.insert('session:shop:late', new Uint8Array(1024 * 1024)))).toMatchObject({
        code: 'store-unavailable',
        outcome: 'none',
      })
    })
  },
)
