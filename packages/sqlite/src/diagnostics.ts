import { type DiagnosticsChannel, diagnosticsChannel } from '@scopes/core'

import type { BranchReason } from './store-identity.ts'

/** Published on `scopes:sqlite:branch` when this process began a new branch: every feed token from before is void. */
export interface BranchMessage {
  readonly path: string
  readonly branch: string
  readonly reason: BranchReason
}

/** Published on `scopes:sqlite:commit` for each transaction of this process. */
export interface TransactionMessage {
  readonly path: string
  readonly mutations: number
  readonly isFlushed: boolean
}

/** Published on `scopes:sqlite:busy` for each try that found the lock held by another process. */
export interface BusyMessage {
  readonly path: string
  /** Mutations that wait. */
  readonly waiting: number
}

/** Published on `scopes:sqlite:checkpoint` when this process tried to empty the WAL by itself. */
export interface CheckpointMessage {
  readonly path: string
  /** What made it necessary; undefined at close. */
  readonly walBytes: number | undefined
  /** False when another process was in the way. */
  readonly isComplete: boolean
}

/** Published on `scopes:sqlite:expired` when this process removed documents past their deadline. */
export interface ExpiredMessage {
  readonly path: string
  readonly documents: number
}

/** Published on `scopes:sqlite:background-failed` when something that nobody awaits did not succeed; it is tried again. */
export interface BackgroundFailedMessage {
  readonly path: string
  readonly what: 'flush' | 'expiry' | 'checkpoint'
  readonly error: unknown
}

/** Every channel of this package. Subscribe with `node:diagnostics_channel` by the name. */
export const diagnostics: {
  readonly branch: DiagnosticsChannel<BranchMessage>
  readonly commit: DiagnosticsChannel<TransactionMessage>
  readonly busy: DiagnosticsChannel<BusyMessage>
  readonly checkpoint: DiagnosticsChannel<CheckpointMessage>
  readonly expired: DiagnosticsChannel<ExpiredMessage>
  readonly backgroundFailed: DiagnosticsChannel<BackgroundFailedMessage>
} = {
  branch: diagnosticsChannel('scopes:sqlite:branch'),
  commit: diagnosticsChannel('scopes:sqlite:commit'),
  busy: diagnosticsChannel('scopes:sqlite:busy'),
  checkpoint: diagnosticsChannel('scopes:sqlite:checkpoint'),
  expired: diagnosticsChannel('scopes:sqlite:expired'),
  backgroundFailed: diagnosticsChannel('scopes:sqlite:background-failed'),
}
