import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { DocumentStore } from '@scopes/core'
import { type StoreUnderTest, feedContract, manualClock, storeContract } from '@scopes/testing'
import { describe, test } from 'vitest'

import { type SqliteStoreOptions, sqliteStore } from '../src/sqlite-store.ts'

const { capabilities } = sqliteStore({ path: 'unused.db' })
const changesKept = 200
/** The log is cut once in so many changes. */
const cutEvery = 512

/** A place of its own for each clause: every `open` is another connection to one file. */
async function sqlitePlace(durability: SqliteStoreOptions['durability']): Promise<StoreUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'scopes-sqlite-'))
  const clock = manualClock()
  const newStore = (): DocumentStore =>
    sqliteStore({ path: join(directory, 'scopes.db'), durability, clock, changesKept })
  return {
    clock,
    open: async () => newStore(),
    truncateLog: async () => {
      const store = newStore()
      for (let change = 0; change < changesKept + cutEvery; change += 2) {
        const written = await store.insert('filler:shop:1', new Uint8Array(1))
        if (written.type === 'done') await store.remove('filler:shop:1', written.token)
      }
      await store.close()
    },
    teardown: () => rm(directory, { recursive: true, force: true }),
  }
}

describe.each(['committed', 'flushed'] as const)('the SQLite store, %s', durability => {
  storeContract({ test, setup: () => sqlitePlace(durability), capabilities })
})

describe('the feed of the SQLite store', () => {
  feedContract({ test, setup: () => sqlitePlace('committed'), capabilities, isLogBounded: true })
})
