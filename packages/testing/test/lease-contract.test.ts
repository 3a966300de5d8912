import assert from 'node:assert/strict'

import { describe, test } from 'vitest'

import { memoryPlace } from '../src/history/run/system-place.ts'
import { leaseContract, type LeaseFlaw } from '../src/lease-contract/lease-contract.ts'
import { brokenLeases } from './broken/broken-leases.ts'

describe('locks on the memory store', () => {
  leaseContract({ test, setup: memoryPlace })
})

describe('the lease contract', () => {
  test('has broken locks for each of its clauses, and for no other', () => {
    assert.deepEqual(brokenLeases.map(({ clause }) => clause).toSorted(), [...clausesOf({}).keys()].toSorted())
  })

  for (const { clause, flaw, make } of brokenLeases) {
    test(`catches by "${clause}" locks that ${flaw}`, async () => {
      const run = clausesOf(make()).get(clause)
      assert.ok(run, 'no such clause')
      await assert.rejects(run, assert.AssertionError)
    })
  }
})

/** The clauses of the contract by name, ready to be run on locks with this flaw. */
function clausesOf(flaw: LeaseFlaw): ReadonlyMap<string, () => Promise<void>> {
  const clauses = new Map<string, () => Promise<void>>()
  leaseContract({ test: (name, run) => clauses.set(name, run), setup: memoryPlace, flaw, patienceMs: 2000 })
  return clauses
}
