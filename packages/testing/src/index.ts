// Contracts: what every store, every feed, all replicas and locks on every store must keep. Run them on your own with the test function you use.
export { feedContract } from './feed-contract/feed-contract.ts'
export { lifeContract, type LifeContractOptions, type LifeFlaw } from './life-contract/life-contract.ts'
export {
  leaseContract,
  type LeaseContractOptions,
  type LeaseFlaw,
  type LeasePlace,
} from './lease-contract/lease-contract.ts'
export type { LockingScopes } from './lease-contract/lease-clause.ts'
export { replicaContract, type ReplicaContractOptions } from './replica-contract/replica-contract.ts'
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

// A store that tells its calls, to count them or to know what is under way.
export { observedStore, type StoreCall, type StoreObserver } from './observed-store.ts'

// Other processes: programs of a test beside it, for what only several processes on one store can show.
export { startProgram, type Program, type ProgramOptions } from './processes/start-program.ts'
export { hearStarter, programInput, tellStarter } from './processes/this-program.ts'

// Time and randomness that can be repeated.
export { manualClock, type ManualClock } from './manual-clock.ts'
export { seededRandom, type SeededRandom } from './seeded-random.ts'

// Histories: what happened to scopes that hold a ledger, written down by a recorder for each process, and judged by marks,
// versions and commit ids alone. A violation is explained by the shortest sub-history that shows it.
export { historyRecorder, type HistoryRecorder } from './history/history-recorder.ts'
export { RecordedScopes } from './history/recorded-scopes.ts'
export type { RecordedProcess } from './history/recorded-process.ts'
export type { RecordedScope, RecordedWrite } from './history/recorded-scope.ts'
export type { ScopesObserver } from './history/scopes-observer.ts'
export { recordFinals } from './history/record-finals.ts'
export { joinHistories, type History, type HistoryEvent } from './history/history.ts'
export { checkHistory } from './history/check-history.ts'
export { explainViolation } from './history/explain-violation.ts'
export { violationKinds, type Violation, type ViolationKind } from './history/violation.ts'
export { emptyLedger, type Ledger, type LedgerWrite, type Trace } from './history/ledger.ts'
export type { CheckedDraft, CheckedScope, CheckedScopes } from './history/checked-engine.ts'

// Whole systems: processes with handles, observers, faults, restarts and kills, as a seed says, on any store.
export { runSystem, type SystemRun, type SystemRunOptions } from './history/run/system-run.ts'
export { memoryPlace, type SystemPlace } from './history/run/system-place.ts'
export type { EngineFlaw } from './history/run/system-process.ts'
