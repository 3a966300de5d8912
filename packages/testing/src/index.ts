// Contracts: what every store and every feed must keep. Run them on your own store with the test function you use.
export { feedContract } from './feed-contract/feed-contract.ts'
export { storeContract } from './store-contract/store-contract.ts'
export type { ContractOptions, KnownGap } from './contract/run-clauses.ts'
export type { StoreUnderTest, TestClock } from './contract/store-under-test.ts'

// Faults: a store that fails by chance or on cue, to put between the code under test and a store that works.
export { faultStore, type FaultStore, type FaultStoreOptions } from './fault-store.ts'
export type { FaultControls } from './faults/fault-controls.ts'
export type { FaultRates } from './faults/fault-plan.ts'
export type {
  FeedFault,
  InjectedFault,
  ScriptedFault,
  ScriptedFeedFault,
  StoreFault,
  StoreOperation,
} from './faults/fault.ts'

// Other processes: programs of a test beside it, for what only several processes on one store can show.
export { startProgram, type Program, type ProgramOptions } from './processes/start-program.ts'
export { hearStarter, programInput, tellStarter } from './processes/this-program.ts'

// Time and randomness that can be repeated.
export { manualClock, type ManualClock } from './manual-clock.ts'
export { seededRandom, type SeededRandom } from './seeded-random.ts'
