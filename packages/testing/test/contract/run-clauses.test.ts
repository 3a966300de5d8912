import assert from 'node:assert/strict'

import { test } from 'vitest'

import type { Clause } from '../../src/contract/clause.ts'
import { runClauses, type ContractOptions } from '../../src/contract/run-clauses.ts'
import { maxDocumentBytes } from '../tiny/tiny-disk.ts'
import { tinyPlace } from '../tiny/tiny-place.ts'

const kept: Clause = { name: 'kept', run: async () => {} }
const broken: Clause = { name: 'broken', run: async () => assert.fail('the clause says no') }
const capabilities = { isPersistent: true, isShared: true, expires: true, maxDocumentBytes }

test('each clause that applies becomes one test', async () => {
  const leftOut: Clause = { ...broken, name: 'left out', appliesTo: () => false }
  const tests = testsOf([kept, leftOut, broken])
  assert.deepEqual([...tests.keys()], ['kept', 'broken'])
  await tests.get('kept')?.()
  await assert.rejects(async () => tests.get('broken')?.(), /the clause says no/)
})

test('a known gap passes as long as the clause fails, and fails as soon as it is kept', async () => {
  const reason = 'not built yet'
  const gap = testsOf([broken], { knownGaps: [{ clause: 'broken', reason }] })
  await gap.get('broken (known gap: not built yet)')?.()
  const closed = testsOf([kept], { knownGaps: [{ clause: 'kept', reason }] })
  await assert.rejects(async () => closed.get('kept (known gap: not built yet)')?.(), /delete the known gap/)
})

test('a known gap that names no clause is refused', () => {
  assert.throws(() => testsOf([kept], { knownGaps: [{ clause: 'kep', reason: 'a slip' }] }), /names no clause/)
})

test('after a clause its stores are closed and then its places torn down, also when it has failed', async () => {
  const steps: string[] = []
  const failing: Clause = {
    name: 'failing',
    run: async ({ openStore, openElsewhere }) => {
      await openStore()
      await openElsewhere()
      assert.fail('the clause says no')
    },
  }
  let places = 0
  const setup: ContractOptions['setup'] = () => {
    const name = `place ${++places}`
    const place = tinyPlace({
      decorate: store => ({
        ...store,
        close: async () => {
          steps.push(`close at ${name}`)
          await store.close()
          throw new Error('closing fails too')
        },
      }),
    })
    return { ...place, teardown: async () => void steps.push(`tear down ${name}`) }
  }
  // The first failure is the one that is told.
  await assert.rejects(async () => testsOf([failing], { setup }).get('failing')?.(), /the clause says no/)
  assert.deepEqual(steps, ['close at place 2', 'close at place 1', 'tear down place 2', 'tear down place 1'])
})

test('a store that does not answer fails the clause instead of stopping the run', async () => {
  const setup: ContractOptions['setup'] = () =>
    tinyPlace({ decorate: store => ({ ...store, open: () => new Promise<never>(() => {}) }) })
  const opening: Clause = { name: 'opening', run: async ({ openStore }) => void (await openStore()) }
  await assert.rejects(
    async () => testsOf([opening], { setup, patienceMs: 20 }).get('opening')?.(),
    /nothing for 20 ms/,
  )
})

function testsOf(
  clauses: readonly Clause[],
  options: Partial<ContractOptions> = {},
): ReadonlyMap<string, () => Promise<void>> {
  const tests = new Map<string, () => Promise<void>>()
  runClauses(clauses, {
    test: (name, run) => tests.set(name, run),
    setup: () => tinyPlace(),
    capabilities,
    ...options,
  })
  return tests
}
