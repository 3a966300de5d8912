// The store: documents and their changes feed in one SQLite file, for all processes of one machine.
export { sqliteStore, type SqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'

// What happens inside, on channels of `node:diagnostics_channel`.
export { diagnostics } from './diagnostics.ts'
export type {
  BackgroundFailedMessage,
  BranchMessage,
  BusyMessage,
  CheckpointMessage,
  ExpiredMessage,
  TransactionMessage,
} from './diagnostics.ts'
export type { BranchReason } from './store-identity.ts'
