import assert from 'node:assert/strict'

import type { DocumentStore, FeedCoverage, StoreCapabilities } from '@scopes/core'

import type { Clause, ClauseContext } from './clause.ts'
import { HeldDocuments } from './held-documents.ts'
import type { StoreDeclaration, StoreUnderTest } from './store-under-test.ts'
import { within } from './within.ts'

/** A clause that a store is known not to keep. The run fails as soon as it is kept: then delete the gap. */
export interface KnownGap {
  /** The name of the clause, word for word. */
  readonly clause: string
  readonly reason: string
}

/** What both contracts are run with. */
export interface ContractOptions {
  /** Registers one test: `test` of vitest, of `node:test`, or your own. */
  readonly test: (name: string, run: () => Promise<void>) => unknown
  /** A new, empty place for one clause. */
  readonly setup: () => StoreUnderTest | Promise<StoreUnderTest>
  /** What the store declares; the clauses of what it does not declare are left out. */
  readonly capabilities: StoreCapabilities
  readonly knownGaps?: readonly KnownGap[] | undefined
  /** How long the store may be silent before a clause fails. Default 30,000. */
  readonly patienceMs?: number | undefined
  /** See `StoreDeclaration`. Default 1. */
  readonly partitions?: number | undefined
  /** See `StoreDeclaration`. Default false. */
  readonly isLogBounded?: boolean | undefined
  /** See `StoreDeclaration`. Default `all`. */
  readonly coverage?: FeedCoverage | undefined
}

/** Registers one test per clause that applies to the store. Throws when a known gap names no such clause. */
export function runClauses(clauses: readonly Clause[], options: ContractOptions): void {
  const {
    test,
    setup,
    capabilities,
    knownGaps = [],
    patienceMs = 30_000,
    partitions = 1,
    isLogBounded = false,
  } = options
  const { coverage = 'all' } = options
  const declaration: StoreDeclaration = { capabilities, partitions, isLogBounded, coverage }
  const applying = clauses.filter(clause => clause.appliesTo?.(declaration) ?? true)
  const unknown = knownGaps.find(gap => !applying.some(clause => clause.name === gap.clause))
  assert.equal(unknown, undefined, `a known gap names no clause that applies: ${unknown?.clause}`)

  for (const clause of applying) {
    const run = (): Promise<void> => runClause(clause, setup, { ...declaration, patienceMs })
    const gap = knownGaps.find(known => known.clause === clause.name)
    if (gap) test(`${clause.name} (known gap: ${gap.reason})`, () => expectGap(gap, run))
    else test(clause.name, run)
  }
}

async function expectGap(gap: KnownGap, run: () => Promise<void>): Promise<void> {
  const isKept = await run().then(
    () => true,
    () => false,
  )
  assert.ok(!isKept, `the store keeps "${gap.clause}" now: delete the known gap`)
}

async function runClause(
  clause: Clause,
  setup: ContractOptions['setup'],
  declared: StoreDeclaration & { readonly patienceMs: number },
): Promise<void> {
  const places: StoreUnderTest[] = []
  const stores = new Map<DocumentStore, StoreUnderTest>()
  const held = new Map<StoreUnderTest, HeldDocuments>()
  const newPlace = async (): Promise<StoreUnderTest> => {
    const place = await setup()
    places.push(place)
    held.set(place, new HeldDocuments())
    return place
  }
  const openAt = async (place: StoreUnderTest): Promise<DocumentStore> => {
    const opened = await place.open()
    const store = declared.coverage === 'held' ? (held.get(place)?.noting(opened) ?? opened) : opened
    stores.set(store, place)
    await within(declared.patienceMs, 'open', store.open())
    return store
  }

  const place = await newPlace()
  const context: ClauseContext = {
    ...declared,
    openStore: () => openAt(place),
    openElsewhere: async () => openAt(await newPlace()),
    heldAt: store => {
      const at = stores.get(store)
      return at && declared.coverage === 'held' ? held.get(at) : undefined
    },
    clock: () => place.clock ?? assert.fail('the store declares `expires`, but its place was given no clock'),
    moment: store => momentOf(stores.get(store)),
    laterMoment: async store => {
      // A clock that stands still gives two moments one number.
      await stores.get(store)?.clock?.jump(1)
      return momentOf(stores.get(store))
    },
    truncateLog: () => place.truncateLog?.() ?? assert.fail('the log is declared bounded, but truncateLog is missing'),
  }
  const failures: unknown[] = []
  const attempt = (step: () => Promise<void>): Promise<void> => step().catch(error => void failures.push(error))

  await attempt(() => clause.run(context))
  for (const store of [...stores.keys()].toReversed())
    await attempt(() => within(declared.patienceMs, 'close', store.close()))
  for (const used of places.toReversed()) await attempt(() => used.teardown())
  // The failure of the clause comes before those of tidying up, which it may have caused.
  if (failures.length > 0) throw failures[0]
}

function momentOf(place: StoreUnderTest | undefined): number {
  return place?.clock?.monotonic?.() ?? performance.now()
}
