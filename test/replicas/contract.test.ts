import { replicas } from '@scopes/sync'
import { replicaContract } from '@scopes/testing'
import { describe, test } from 'vitest'
import { places } from '../system/places.ts'

describe.each(['memory', 'sqlite'] as const)('replicas on %s', store => {
  replicaContract({
    test,
    setup: places[store],
    cache: () => replicas({ kinds: ['session'], maxLagMs: 1_000_000 }),
  })
})
