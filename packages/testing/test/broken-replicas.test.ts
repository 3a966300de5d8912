import assert from 'node:assert/strict'

import type { ScopeCache } from '@scopes/core'
import { describe, test } from 'vitest'

import { memoryPlace } from '../src/history/run/system-place.ts'
import { replicaContract } from '../src/replica-contract/replica-contract.ts'
import { brokenReplicas } from './broken/broken-replicas.ts'
import { TinyReplicas } from './tiny/tiny-replicas.ts'

describe('tiny replicas', () => {
  replicaContract({ test, setup: memoryPlace, cache: () => new TinyReplicas() })
})

describe('the replica contract', () => {
  test('has broken replicas for each of its clauses, and for no other', () => {
    assert.deepEqual(
      brokenReplicas.map(({ clause }) => clause).toSorted(),
      [...clausesOf(() => new TinyReplicas()).keys()].toSorted(),
    )
  })

  for (const { clause, flaw, open } of brokenReplicas) {
    test(`catches by "${clause}" replicas that ${flaw}`, async () => {
      const run = clausesOf(open).get(clause)
      assert.ok(run, 'no such clause')
      await assert.rejects(run, assert.AssertionError)
    })
  }
})

/** The clauses of the contract by name, ready to be run on these replicas. */
function clausesOf(cache: () => ScopeCache): ReadonlyMap<string, () => Promise<void>> {
  const clauses = new Map<string, () => Promise<void>>()
  replicaContract({ test: (name, run) => clauses.set(name, run), setup: memoryPlace, cache, patienceMs: 5000 })
  return clauses
}
