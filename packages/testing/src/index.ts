// Contracts: what every store and every feed must keep. Run them on your own store with the test function you use.
export { feedContract } from './feed-contract/feed-contract.ts'
export { storeContract } from './store-contract/store-contract.ts'
export type { ContractOptions, KnownGap } from './contract/run-clauses.ts'
export type { StoreUnderTest, TestClock } from './contract/store-under-test.ts'

// Time and randomness that can be repeated.
export { manualClock, type ManualClock } from './manual-clock.ts'
export { seededRandom, type SeededRandom } from './seeded-random.ts'
