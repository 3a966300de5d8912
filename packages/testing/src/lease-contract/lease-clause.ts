import type { DocumentStore, LockOptions, Lock, ScopeDefinition, Scopes } from '@scopes/core'

import type { FaultControls } from '../faults/fault-controls.ts'

/** What the scopes of these clauses hold. */
export interface Till {
  count: number
}

/** Scopes with locks: `Scopes` of core is one. */
export interface LockingScopes {
  lock<T>(options: LockOptions, body: (lock: Lock) => T | Promise<T>): Promise<T | undefined>
  readonly open: Scopes['open']
  readonly changes: Scopes['changes']
  close(): Promise<void>
}

/** One process: scopes of its own, a clock of its own, and a network of its own to the store. */
export interface LeaseProcess {
  readonly name: string
  readonly scopes: LockingScopes
  readonly faults: FaultControls
  /** How many requests about locks it has sent. */
  readonly lockRequests: number
  /** Its clock goes on by so much; everything that it asks meanwhile is answered. Nothing else moves its clock. */
  pass(ms: number): Promise<void>
}

/** How a process is started. */
export interface LeaseProcessOptions {
  readonly application?: string | undefined
  /** How far its wall clock is ahead, in milliseconds. */
  readonly skewMs?: number | undefined
  readonly commitTimeoutMs?: number | undefined
}

/** What a clause works with: documents of its own. Everything opened here is closed when the clause is over. */
export interface LeaseClauseContext {
  readonly Till: ScopeDefinition<Till>
  readonly start: (name: string, options?: LeaseProcessOptions) => Promise<LeaseProcess>
  /** The documents, past all networks. */
  readonly store: DocumentStore
  /** Resolves when it holds; fails the clause when it does not come to hold while nothing but the store has to answer. */
  readonly until: (what: string, holds: () => boolean) => Promise<void>
  /** The time of the store goes on. */
  readonly age: (ms: number) => Promise<void>
}

/** One promise of locks. */
export interface LeaseClause {
  /** The promise as a sentence, unique in the contract. */
  readonly name: string
  /** Resolves when the locks keep the promise, rejects with an `AssertionError` when they do not. */
  readonly run: (context: LeaseClauseContext) => Promise<void>
}

/** The lease of the clauses, in milliseconds. */
export const leaseMs = 3000

/** A body that goes on until it is let go. */
export interface HeldBody {
  readonly isInside: boolean
  readonly lock: Lock | undefined
  /** Ends the body; resolves with the outcome of the lock, or its error. */
  leave(): Promise<unknown>
}

/** Takes the lock and stays in its body; `act` runs when it is let go, before the body ends. */
export function hold(
  { scopes }: LeaseProcess,
  options: LockOptions,
  act: (lock: Lock) => unknown = () => undefined,
): HeldBody {
  let leave: () => void = () => {}
  const passed = new Promise<void>(resolve => {
    leave = resolve
  })
  let inside: Lock | undefined
  let isInside = false
  const outcome = scopes
    .lock({ leaseMs, timeoutMs: 1_000_000, ...options }, async lock => {
      inside = lock
      isInside = true
      await passed
      isInside = false
      return act(lock)
    })
    .catch((error: unknown) => error)
  return {
    get isInside() {
      return isInside
    },
    get lock() {
      return inside
    },
    leave: () => {
      leave()
      return outcome
    },
  }
}

/** Whether the lock is free, or shared in this way, at this moment. */
export async function isFree({ scopes }: LeaseProcess, options: LockOptions): Promise<boolean> {
  const tried = await scopes.lock({ leaseMs, ...options, timeoutMs: 0, throwOnTimeout: false }, () => true)
  return tried ?? false
}
