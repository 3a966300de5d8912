import type { StoreToken } from '../document/stored-document.ts'
import type { LeaseMemory } from './lease-memory.ts'
import type { LockDocument, LockView } from './lock-document.ts'

/** What is known of a lease that was granted. */
export interface Grant {
  /** The store's token of the write that granted it (L8). */
  readonly token: StoreToken
  /** Until then, monotonic milliseconds, nobody else can hold the lock. */
  readonly believedUntil: number
  /** The belief has ended, which is final. */
  readonly isLost: boolean
}

/** How it came to an end. */
export type LeaseOutcome =
  /** Nothing of it is in the store any more, or what is will be taken for dead. */
  | 'released'
  /** Others hold it, and it was not to be waited for. */
  | 'taken'
  /** The store failed, and it was not to be waited for. */
  | 'failed'

/** Where a lease stands, from the first request to the end of the release. */
export type LeaseState =
  /** Nothing has been asked. */
  | { readonly type: 'new'; readonly memory: LeaseMemory }
  /** A write is under way that takes the lock (`enter`), or a place in the line. `view`: what it leaves if it is executed. */
  | {
      readonly type: 'asking'
      readonly memory: LeaseMemory
      readonly write: 'enter' | 'line'
      readonly document: LockDocument
      readonly isWanted: boolean
    }
  /** A load is under way. `looks`: how often it was looked in vain. */
  | { readonly type: 'looking'; readonly memory: LeaseMemory; readonly looks: number; readonly isWanted: boolean }
  /** Standing in line, until somebody is heard of, or `lookAt`, or a sign of life is due. */
  | {
      readonly type: 'waiting'
      readonly memory: LeaseMemory
      readonly view: NonNullable<LockView>
      readonly looks: number
      readonly lookAt: number
      readonly beatAt: number
    }
  /** The store has failed. */
  | { readonly type: 'pausing'; readonly memory: LeaseMemory; readonly looks: number; readonly lookAt: number }
  /** Held. `view` undefined: what is stored is not known. */
  | {
      readonly type: 'held'
      readonly memory: LeaseMemory
      readonly grant: Grant
      readonly view: LockView
      readonly renewAt: number
    }
  /** Held, and a sign of life is under way. */
  | {
      readonly type: 'renewing'
      readonly memory: LeaseMemory
      readonly grant: Grant
      readonly document: LockDocument
      readonly isWanted: boolean
    }
  /** Held, and a load is under way that tells whether it is. */
  | { readonly type: 'checking'; readonly memory: LeaseMemory; readonly grant: Grant; readonly isWanted: boolean }
  /** Held no more, and not released yet: its body has not ended. */
  | { readonly type: 'lost'; readonly memory: LeaseMemory; readonly view: LockView }
  /** The write is under way that takes the entry out. `until`: from then on it counts as dead without. */
  | { readonly type: 'releasing'; readonly memory: LeaseMemory; readonly until: number }
  /** A load is under way that tells whether the entry is still there. */
  | { readonly type: 'relooking'; readonly memory: LeaseMemory; readonly until: number }
  /** The store has failed during the release. */
  | { readonly type: 'resting'; readonly memory: LeaseMemory; readonly until: number; readonly lookAt: number }
  | { readonly type: 'over'; readonly memory: LeaseMemory; readonly outcome: LeaseOutcome }

/** What the driver reports. */
export type LeaseEvent =
  | { readonly type: 'started' }
  /** The write was executed. */
  | { readonly type: 'done'; readonly token: StoreToken }
  /** The write was not executed: the document has moved, or is there, or is not. */
  | { readonly type: 'refused' }
  /** Nobody knows whether the write was or will be executed. */
  | { readonly type: 'ambiguous' }
  /** The store failed before it executed the write. */
  | { readonly type: 'failed' }
  | { readonly type: 'loaded'; readonly view: LockView }
  | { readonly type: 'load-failed' }
  /** The feed says that the lock has changed; by which token, where it knows. */
  | { readonly type: 'woken'; readonly token: StoreToken | undefined }
  /** It is as late as `wakeAt` has said. */
  | { readonly type: 'time' }
  /** It is not wanted any more: given up, or its body has ended and every write of it is settled (L10). */
  | { readonly type: 'unwanted' }
  /** Its body has ended, and a write of it may still land: it is left to be taken for dead. */
  | { readonly type: 'abandoned' }

/** What is to be done. At most one request to the store is under way. */
export type LeaseEffect =
  | { readonly type: 'load' }
  | { readonly type: 'insert'; readonly document: LockDocument }
  | { readonly type: 'replace'; readonly document: LockDocument; readonly token: StoreToken }
  | { readonly type: 'remove'; readonly token: StoreToken }
  /** The lock is held: the body may begin. */
  | { readonly type: 'granted'; readonly token: StoreToken }
  /** The lock is held no more: no write may start. */
  | { readonly type: 'lost' }

/** What comes from outside with an event. */
export interface LeaseInputs {
  /** Monotonic milliseconds of this process. */
  readonly now: number
  /** From 0 to below 1. */
  readonly random: number
}

/** A transition: the next state and what is to be done. */
export interface LeaseTransition {
  readonly state: LeaseState
  readonly effects: readonly LeaseEffect[]
}

/** One of the states. */
export type StateOf<Type extends LeaseState['type']> = Extract<LeaseState, { readonly type: Type }>
