import type { LedgerSeen, LedgerWrite } from './ledger.ts'

/** What happened in a run, as plain data: it can be sent, stored and joined with those of other processes. */
export interface History {
  readonly events: readonly HistoryEvent[]
}

/** Who wrote an event down, and where it stands. Two events have an order when they have the same recorder, or different phases. */
export interface EventPlace {
  readonly recorder: string
  /** Rises from event to event of one recorder. */
  readonly order: number
  /** All of an earlier phase happened before all of a later one, whoever wrote it down. */
  readonly phase: number
  /** Whose event it is: one `Scopes` object, from its opening to its closing. */
  readonly process: string
  /** When it was written down, in milliseconds of a clock that all recorders share. Absent: there is none. */
  readonly atMs?: number | undefined
}

/** What a handle showed at one moment. */
export interface Sighting {
  /** Of the handle; undefined while nothing is stored. */
  readonly life?: string | undefined
  /** 0 while nothing is stored. */
  readonly version: number
  /** The life of the handle is over. */
  readonly isOver: boolean
  /** The ledger is the one of this version. False where writes that are not stored yet are shown on top of it. */
  readonly isExact: boolean
  readonly ledger: LedgerSeen
}

/** A lock that a write was made under. */
export interface LockHeld {
  readonly lock: string
  readonly type: 'exclusive' | 'readonly'
  /** Names the grant: one body, from its begin to its end. */
  readonly grant: string
  /** The fencing token in digits: each later holder has a greater one. */
  readonly token: string
}

/** What an operation is to do. */
export type Action =
  | {
      readonly type: 'open'
      /** The store is asked: what was acknowledged before must be seen. */
      readonly isFresh: boolean
      /** Scopes of this kind may end because nobody uses them. */
      readonly expires: boolean
      /** After so many milliseconds, where nothing else ends them. */
      readonly idleMs?: number | undefined
    }
  | {
      readonly type: 'write'
      readonly write: LedgerWrite
      /** For the reader of the history: how it is written. */
      readonly how: string
      /** Absent: none. */
      readonly under?: LockHeld | undefined
    }
  | { readonly type: 'end' }
  | { readonly type: 'rotate' }
  | { readonly type: 'touch' }

/** An operation has begun. Without a result in the history nobody knows what became of it. */
export interface Began extends EventPlace {
  readonly type: 'began'
  /** Names the operation. */
  readonly operation: string
  readonly handle: string
  /** The document key. */
  readonly scope: string
  /** The life that the handle belonged to. */
  readonly life?: string | undefined
  readonly action: Action
}

/** An operation succeeded. */
export interface Succeeded extends EventPlace {
  readonly type: 'succeeded'
  readonly operation: string
  /** The life it was done in. */
  readonly life?: string | undefined
  /** A write: the version it made. */
  readonly version?: number | undefined
  /** A write: its commit; undefined when it is shown, and stored later. */
  readonly commitId?: string | undefined
  /** A rotation: the scope under its new id. */
  readonly successor?: { readonly scope: string; readonly life: string } | undefined
  /** An opening: what the handle showed at once. */
  readonly sighting?: Sighting | undefined
}

/** An operation failed. `none`: it is not and never will be stored. */
export interface Failed extends EventPlace {
  readonly type: 'failed'
  readonly operation: string
  readonly code: string
  readonly outcome: 'none' | 'unknown'
}

/** A handle was read. */
export interface Read extends EventPlace {
  readonly type: 'read'
  readonly handle: string
  readonly scope: string
  readonly sighting: Sighting
  /** Nothing is under way any more, and the handle follows the feed or has just been opened: it shows the final state. */
  readonly isSettled: boolean
}

/** Somebody began to watch: a handle's values or changes, or all changes of a process. */
export interface Watching extends EventPlace {
  readonly type: 'watching'
  readonly observer: string
  readonly what: 'values' | 'changes' | 'scopes'
  /** Undefined: all scopes. */
  readonly scope?: string | undefined
  /** What the handle showed then. */
  readonly sighting?: Sighting | undefined
}

/** An observer was told something. */
export interface Told extends EventPlace {
  readonly type: 'told'
  readonly observer: string
  readonly scope: string
  readonly change: ToldChange
}

/** What an observer is told; `value` by `value$`. */
export interface ToldChange {
  readonly type: 'value' | 'created' | 'updated' | 'touched' | 'reset' | 'ended'
  /** Of a reset or an end. */
  readonly reason?: string | undefined
  readonly life?: string | undefined
  readonly version: number
  readonly commitId?: string | undefined
  readonly isExact: boolean
  /** Undefined where an end no longer says what the final state was. */
  readonly ledger?: LedgerSeen | undefined
}

/** An observer stands at the newest state: what is written from now on it must be told. */
interface Live extends EventPlace {
  readonly type: 'live'
  readonly observer: string
}

/** An observer is told nothing more: it stopped, everything has been said, or it failed. */
interface Unwatched extends EventPlace {
  readonly type: 'unwatched'
  readonly observer: string
  readonly why: 'stopped' | 'completed' | 'failed'
}

/** A process was closed and has written what was left to write, but for what it names. */
export interface Closed extends EventPlace {
  readonly type: 'closed'
  /** The document keys of scopes of which something was shown and could not be stored. */
  readonly lost: readonly string[]
}

/** A process was killed: nothing is known of what it did from here on. */
interface Killed extends EventPlace {
  readonly type: 'killed'
}

/** The engine announced that the store has lost acknowledged commits of a scope. */
interface RolledBack extends EventPlace {
  readonly type: 'rolled-back'
  readonly scope: string
}

/** The wall clock of a process is so far ahead of time from now on, in milliseconds. Without it a process is right. */
interface ClockSet extends EventPlace {
  readonly type: 'clock-set'
  readonly skewMs: number
}

/** A handler of a process was told of an end, and has succeeded or failed. */
export interface Handled extends EventPlace {
  readonly type: 'handled'
  readonly scope: string
  readonly life: string
  /** That of the end. */
  readonly version: number
  readonly reason: string
  readonly detail?: string | undefined
  readonly deliveryId: string
  readonly outcome: 'succeeded' | 'failed'
  readonly ledger: LedgerSeen
}

/** Handlers have had time: whatever had ended before must have been told. */
interface EndsDue extends EventPlace {
  readonly type: 'ends-due'
  /** The document keys of ends that still wait. */
  readonly waiting: readonly string[]
}

/** Nothing went wrong in the whole run: each end must have been told once. */
interface Undisturbed extends EventPlace {
  readonly type: 'undisturbed'
}

/** What the store holds when nothing is under way any more. Without any of them nothing final is checked. */
export interface Final extends EventPlace {
  readonly type: 'final'
  readonly scope: string
  readonly life: string
  /** Of an end marker: the end's own. */
  readonly version: number
  readonly commitId: string
  readonly isEnded: boolean
  readonly ledger?: LedgerSeen | undefined
}

/** One thing that happened. */
export type HistoryEvent =
  | Began
  | Succeeded
  | Failed
  | Read
  | Watching
  | Told
  | Live
  | Unwatched
  | Closed
  | Killed
  | RolledBack
  | ClockSet
  | Handled
  | EndsDue
  | Undisturbed
  | Final

/** Whether one event is known to have happened before another. */
export function isBefore(one: EventPlace, other: EventPlace): boolean {
  if (one.phase !== other.phase) return one.phase < other.phase
  return one.recorder === other.recorder && one.order < other.order
}

/**
 * One history of several recorders, such as those of several processes. Those of one phase ran at the same time; every
 * phase had ended when the next began. No clock decides anything.
 */
export function joinHistories(phases: readonly (readonly History[])[]): History {
  return {
    events: phases.flatMap((histories, phase) =>
      histories.flatMap(({ events }) => events.map(event => ({ ...event, phase }))),
    ),
  }
}
