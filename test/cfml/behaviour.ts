import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Clock, type DocumentStore, memoryStore } from '@scopes/core'
import { couchbaseStore } from '@scopes/couchbase'
import { sqliteStore } from '@scopes/sqlite'
import { observedStore } from '@scopes/testing'
import { startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { onTestFinished, test } from 'vitest'
import { behaviours } from './behaviours/behaviours.ts'
import { type StoreName, storeNames } from './stores.ts'

/** An empty store for one test; removed after it. */
export interface Ground {
  readonly store: StoreName
  /** The store as another node has it: each call gives a node its own, to be closed by it, on the same documents. */
  readonly open: (clock?: Clock) => Promise<DocumentStore>
  /** Resolves when no node waits for an answer of the store: a clock of a test may go on then. */
  readonly settled: () => Promise<void>
}

/** Where a behaviour is shown. */
export interface BehaviourOptions {
  /** Default: every store. */
  readonly stores?: readonly StoreName[]
  /** What this test shows of the behaviour, where several share it. */
  readonly part?: string
}

/** A test of the behaviour with that number, on each store: titled with its number and text, so that the table finds it. */
export function behaviour(
  number: number,
  body: (ground: Ground) => Promise<void>,
  { stores = storeNames, part }: BehaviourOptions = {},
): void {
  const known = behaviours.find(each => each.number === number)
  if (known === undefined) throw new Error(`There is no behaviour ${number}.`)
  const title = `${number}. ${known.text}${part === undefined ? '' : ` — ${part}`}`
  for (const store of stores) {
    test(`${title} (${store})`, async () => {
      const open = await grounds[store]()
      let asking = 0
      const observer = { onCall: () => void asking++, onOver: () => void asking-- }
      await body({
        store,
        open: async clock => observedStore(await open(clock), observer),
        settled: async () => {
          do await setImmediate()
          while (asking > 0)
        },
      })
    })
  }
}

/** An empty place of each store, and how nodes open it. */
const grounds: Readonly<Record<StoreName, () => Promise<Ground['open']>>> = {
  memory: async () => {
    let shared: DocumentStore | undefined
    // The memory of a process is one store for all its nodes, and stays when one of them stops.
    return async clock => {
      shared ??= memoryStore(clock ? { clock } : {})
      return { ...observedStore(shared, {}), close: async () => undefined }
    }
  },
  sqlite: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'scopes-cfml-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    return async clock => sqliteStore({ path: join(directory, 'scopes.db'), ...(clock ? { clock } : {}) })
  },
  couchbase: async () => {
    const server = await startCouchbaseServer({ buckets: [{ name: 'scopes' }] })
    onTestFinished(() => server.close())
    return async clock =>
      couchbaseStore({
        connectionString: server.connectionString,
        username: 'Administrator',
        password: 'password',
        bucket: 'scopes',
        timeoutMs: 30_000,
        ...(clock ? { clock } : {}),
      })
  },
}
