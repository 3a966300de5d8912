import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Clock } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { replicas as openReplicas } from '@scopes/sync'
import { memoryPlace, type SystemPlace, type SystemRunOptions } from '@scopes/testing'

import { couchbasePlace } from './couchbase-place.ts'

/** A store that whole systems are run on. */
export type StoreName = 'memory' | 'sqlite' | 'couchbase'

/** An empty place for the documents of one run, by the name of its store. The seed: of what goes wrong at the place itself. */
export const places: Readonly<Record<StoreName, (clock: Clock, seed?: number) => Promise<SystemPlace>>> = {
  memory: memoryPlace,
  sqlite: async clock => {
    const directory = await mkdtemp(join(tmpdir(), 'scopes-check-'))
    const path = join(directory, 'scopes.db')
    return {
      // Nobody cuts the power: no run waits for a flush by time.
      open: async () => sqliteStore({ path, clock, flushEveryMs: 0 }),
      calm: async () => {},
      teardown: () => rm(directory, { recursive: true, force: true }),
    }
  },
  couchbase: (clock, seed = 1) => couchbasePlace(clock, seed),
}

/** Replicas, as chance wants them. */
export const replicas: NonNullable<SystemRunOptions['replicas']> = random =>
  openReplicas({
    values: random.pick(['fed', 'on-demand']),
    maxReplicas: random.pick([2, 1000]),
    maxDecoded: random.pick([1, 1000]),
    whenBehind: random.pick(['store', 'memory']),
  })
