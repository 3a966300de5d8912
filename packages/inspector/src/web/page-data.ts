/** What a state or a part of it looks like on the page, as JSON. Of what is large only the beginning is there. */
export type ShownValue =
  /** `length` is that of the whole text; absent where `text` is all of it. */
  | { readonly type: 'text'; readonly text: string; readonly length?: number }
  /** As a program would write it: `12`, `true`, `null`, `7n`, a date in ISO form. */
  | { readonly type: 'number' | 'boolean' | 'null' | 'bigint' | 'date'; readonly text: string }
  /** Hexadecimal digits of the first bytes. */
  | { readonly type: 'bytes'; readonly text: string; readonly size: number }
  /** `size` says how many members there are, `entries` may be fewer. */
  | {
      readonly type: 'object' | 'array' | 'map' | 'set'
      readonly size: number
      readonly entries: readonly (readonly [segment: string, value: ShownValue])[]
    }

/** How a stored document is: `unreadable` says that it cannot be decoded, by this version of the library at least. */
export type RowState = 'live' | 'ended' | 'unreadable'

/** One scope in the list. */
export interface ScopeRow {
  /** The document key, `kind:application:id`. */
  readonly key: string
  readonly application: string
  readonly kind: string
  readonly id: string
  readonly state: RowState
  readonly version: number
  /** Of the whole document, as it is stored. */
  readonly bytes: number
  /** When it ends if nobody comes, in milliseconds since 1970; absent: never. */
  readonly deadline?: number
  /** When its newest commit was made, by the clock of who made it, in milliseconds since 1970; absent: it does not say. */
  readonly at?: number
  /** The beginning of its state, on one line; of an unreadable one, why. */
  readonly preview?: string
}

/** A window of the list. */
export interface ScopePage {
  /** How many the filter lets through. */
  readonly total: number
  /** Everything that is stored has been read; before that `total` counts what has been read so far. */
  readonly isComplete: boolean
  readonly offset: number
  readonly rows: readonly ScopeRow[]
}

/** One step of what a commit changed. Paths are texts; `before` and `after` are absent where there was or is nothing. */
export type ShownPatch =
  | {
      readonly op: 'set' | 'delete'
      readonly path: readonly string[]
      readonly before?: ShownValue
      readonly after?: ShownValue
    }
  | {
      readonly op: 'splice'
      readonly path: readonly string[]
      readonly index: number
      readonly removed: number
      readonly items: readonly ShownValue[]
    }
  | { readonly op: 'move'; readonly path: readonly string[]; readonly from: number; readonly to: number }

/** One commit of a scope's timeline. */
export interface ShownCommit {
  readonly version: number
  readonly commitId: string
  /** By the clock of who made it, in milliseconds since 1970. */
  readonly at: number
  readonly process: string
  readonly request?: string
  /** Where its draft began; smaller than `version - 1`: it was merged with what others had committed since. */
  readonly baseVersion: number
  readonly schemaVersion: number
  /** What was meant, such as `inc(/hits, 1)`. */
  readonly ops: readonly string[]
  readonly patches: readonly ShownPatch[]
  /** How many patches are left out. */
  readonly more: number
}

/** One scope with what its document still holds of its past. */
export type ScopeView = ScopeAddress &
  (
    | {
        readonly type: 'live'
        readonly life: string
        readonly version: number
        readonly bytes: number
        readonly createdAt: number
        readonly deadline?: number
        readonly schemaVersion: number
        /** The oldest version whose state is known. */
        readonly oldest: number
        /** Oldest first. */
        readonly commits: readonly ShownCommit[]
        readonly shown: ShownState
      }
    | {
        readonly type: 'ended'
        readonly life: string
        readonly version: number
        readonly bytes: number
        readonly reason: string
        readonly detail?: string
        readonly at: number
        /** Whether its handlers have been told. */
        readonly isDelivered: boolean
        /** The final state; absent: it is not kept any more. */
        readonly value?: ShownValue
      }
    | { readonly type: 'unreadable'; readonly bytes: number; readonly message: string }
    | { readonly type: 'missing' }
  )

/** Which scope it is. */
export interface ScopeAddress {
  readonly key: string
  readonly application: string
  readonly kind: string
  readonly id: string
}

/** The state of a scope at the version that was asked for. */
interface ShownState {
  readonly version: number
  /** Absent: the document does not hold it (any more). */
  readonly value?: ShownValue
}

/** What has just happened to a scope. */
export interface ActivityLine {
  readonly key: string
  readonly kind: string
  readonly id: string
  readonly what: 'created' | 'committed' | 'merged' | 'touched' | 'ended' | 'removed' | 'unreadable'
  readonly version: number
  /** When it was seen here, in milliseconds since 1970. */
  readonly seenAt: number
  /** When it was committed, by the clock of who did; absent where it is not known. */
  readonly at?: number
  readonly process?: string
  readonly request?: string
  /** Where a merged commit began. */
  readonly baseVersion?: number
}

/** One decision of a merge, made by the process that the page is mounted in. */
export interface ConflictLine {
  readonly key: string
  readonly kind: string
  readonly id: string
  readonly version: number
  readonly seenAt: number
  readonly path: readonly string[]
  readonly what: string
  readonly policy: string
  readonly lost: 'ours' | 'theirs' | 'none'
  readonly base?: ShownValue
  readonly ours?: ShownValue
  readonly theirs?: ShownValue
  readonly result?: ShownValue
}

/** What the process has told of itself by its diagnostics. */
export interface EventLine {
  readonly seenAt: number
  /** The channel, such as `scopes:lock`. */
  readonly channel: string
  readonly text: string
  readonly isTrouble: boolean
}

/** One second of the charts. What nobody here can know is absent. */
export interface Sample {
  /** The end of the second, in milliseconds since 1970. */
  readonly at: number
  /** Commits that the changes feed has told of, of all processes. */
  readonly commits: number
  /** Those of them that were merged: others had committed since they began. */
  readonly merged: number
  readonly ends: number
  /** From the commit, by the clock of its writer, until it was seen here. Milliseconds. */
  readonly lagMs?: number
  /** Decisions of merges, in this process. */
  readonly conflicts?: number
  /** Of commits of this process, from the call to the answer of the store: the median and the slowest of a hundred. Milliseconds. */
  readonly latencyMs?: number
  readonly slowestMs?: number
}

/** How a reading of the changes feed is doing. */
export interface FeedLamp {
  readonly status: 'idle' | 'catching-up' | 'live' | 'degraded'
  /** Milliseconds since 1970; absent where it is live or idle. */
  readonly since?: number
  readonly reason?: string
}

/** How many documents there are, by what they are. */
export interface Totals {
  readonly live: number
  readonly ended: number
  readonly unreadable: number
  readonly bytes: number
  /** By kind, living and ended ones. */
  readonly kinds: Readonly<Record<string, number>>
}

/** The state of everything, sent when it has changed. */
export interface Overview {
  readonly totals: Totals
  /** The reading that the page lives on. */
  readonly feed: FeedLamp
  /** The feed brings only what is held here, so that the list is not complete. */
  readonly isPartial: boolean
  /** The reading that keeps the memory of the process current; absent where there is no such process. */
  readonly replicas?: FeedLamp
  /** How long ago it was that everything stored had arrived there, when it was looked at last. Milliseconds. */
  readonly replicaLagMs?: number
}

/** The first that a page is told. */
export interface Hello {
  /** Names the store. */
  readonly store: string
  /** The process that the inspector is mounted in; absent: it stands alone. */
  readonly process?: string
  readonly application?: string
  readonly samples: readonly Sample[]
  readonly activity: readonly ActivityLine[]
  readonly conflicts: readonly ConflictLine[]
  readonly events: readonly EventLine[]
}

/** The messages of the stream, by the name of their event. */
export interface StreamEvents {
  readonly hello: Hello
  readonly overview: Overview
  readonly sample: Sample
  /** Newest last. */
  readonly activity: readonly ActivityLine[]
  readonly conflicts: readonly ConflictLine[]
  readonly events: readonly EventLine[]
}
