import assert from 'node:assert/strict'

import type { StoreCapabilities } from '@scopes/core'
import { describe, test } from 'vitest'

import { type ContractOptions, runClauses } from '../src/contract/run-clauses.ts'
import { feedContract } from '../src/feed-contract/feed-contract.ts'
import { heldClauses } from '../src/feed-contract/held.ts'
import { storeContract } from '../src/store-contract/store-contract.ts'
import { brokenFeeds } from './broken/broken-feeds.ts'
import { brokenHeldFeeds } from './broken/broken-held-feeds.ts'
import { brokenOperations } from './broken/broken-operations.ts'
import { brokenPromises } from './broken/broken-promises.ts'
import { brokenReadings } from './broken/broken-readings.ts'
import type { BrokenStore } from './broken/broken-store.ts'
import { maxDocumentBytes } from './tiny/tiny-disk.ts'
import { holding } from './tiny/tiny-held-feed.ts'
import { tinyPlace } from './tiny/tiny-place.ts'

type Contract = (options: ContractOptions) => void

const contracts: readonly (readonly [name: string, contract: Contract, broken: readonly BrokenStore[]])[] = [
  ['store', storeContract, [...brokenOperations, ...brokenPromises]],
  ['feed', feedContract, [...brokenFeeds, ...brokenReadings]],
  ['feed of what is held', options => runClauses(heldClauses, { ...options, coverage: 'held' }), brokenHeldFeeds],
]

for (const [name, contract, broken] of contracts) {
  describe(`the ${name} contract`, () => {
    test('has a broken store for each of its clauses, and for no other', () => {
      const clauses = new Set([...clausesOf(contract, true).keys(), ...clausesOf(contract, false).keys()])
      assert.deepEqual(broken.map(({ clause }) => clause).toSorted(), [...clauses].toSorted())
    })

    for (const { clause, flaw, decorate, expires = true } of broken) {
      test(`catches by "${clause}" a store that ${flaw}`, async () => {
        const run = clausesOf(contract, expires, decorate).get(clause)
        assert.ok(run, 'no such clause')
        await assert.rejects(run, (error: unknown) => {
          // A slip of the broken store itself proves nothing.
          assert.ok(!(error instanceof TypeError || error instanceof ReferenceError), String(error))
          return true
        })
      })
    }
  })
}

describe('a feed of what is held, without a flaw', () => {
  const contract: Contract = options => runClauses(heldClauses, { ...options, coverage: 'held' })
  for (const [clause, run] of clausesOf(contract, true, store => holding(store))) test(`keeps "${clause}"`, run)
})

/** The clauses of a contract by name, ready to be run on a tiny store with this flaw. */
function clausesOf(
  contract: Contract,
  expires: boolean,
  decorate?: BrokenStore['decorate'],
): ReadonlyMap<string, () => Promise<void>> {
  const capabilities: StoreCapabilities = { isPersistent: true, isShared: true, expires, maxDocumentBytes }
  const clauses = new Map<string, () => Promise<void>>()
  contract({
    test: (name, run) => clauses.set(name, run),
    setup: () => tinyPlace({ expires, decorate }),
    capabilities,
    isLogBounded: true,
    patienceMs: 100,
  })
  return clauses
}
