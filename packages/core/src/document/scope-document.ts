import type { EndReason } from '../errors.ts'
import type { Delivery } from './delivery.ts'
import type { Diff } from '../diff/diff.ts'
import type { Operation } from '../draft/operation.ts'
import type { State } from '../value/plain-data.ts'
import type { Fence, Fences } from './fences.ts'
import type { Indexed } from './indexed.ts'

/** Random 64 bits drawn when a scope is created, as 16 hexadecimal digits. A late writer of an earlier life is fenced by it. */
export type Life = string & { readonly Life: unique symbol }

/** Random 128 bits that name one commit in one history, as 32 hexadecimal digits. */
export type CommitId = string & { readonly CommitId: unique symbol }

/** Who made a commit. */
export interface Origin {
  /** Names the process: random, drawn at `openScopes`, or given there. */
  readonly process: string
  /** Names the request, where there is one. */
  readonly request?: string | undefined
}

/** One commit as its frame holds it. Payload: merge rule 40. */
export interface CommitRecord {
  readonly commitId: CommitId
  readonly version: number
  /** The version at which the draft began; information only: the diff applies to `version - 1`. */
  readonly baseVersion: number
  readonly schemaVersion: number
  /** Wall clock of the writer, milliseconds since 1970; it decides nothing. */
  readonly at: number
  readonly origin: Origin
  /** What it changed; undefined: nothing. Such a commit exists to be written (a fence under a lock), not to be read. */
  readonly diff: Diff | undefined
  /** What was meant at the places that ops alone changed; the diff has their effect. */
  readonly ops: readonly Operation[]
  /** Of the exclusive locks that it was made under. */
  readonly fences?: readonly Fence[] | undefined
  /** The indexes that name the scope from then on, each with the value; absent: those of before. */
  readonly indexed?: Indexed | undefined
  /** The state that this commit made. */
  readonly state: State
  /** Containers that this commit put in as new values (merge rule 14). */
  readonly newValues: ReadonlySet<object>
  /** The whole frame, as stored. Nobody writes to these bytes. */
  readonly frame: Uint8Array
}

/** A lifetime that one scope has for itself, in whole milliseconds; 0: no limit; absent: as for the others of its kind. */
export interface OwnLifetime {
  /** After the last renewal. */
  readonly idleMs?: number | undefined
  /** After the creation. */
  readonly absoluteMs?: number | undefined
}

/** What a rotation copied. */
export interface CopiedFrom {
  readonly life: Life
  readonly version: number
  /** Its document key, while the copy is provisional: there stands whether the rotation was decided. */
  readonly of?: string | undefined
}

/** What a snapshot says besides the state. Compactions carry it over; only the schema version follows the state. */
export interface SnapshotFacts {
  /** That of the state in the snapshot. The newest one of a document: `schemaVersionOf`. */
  readonly schemaVersion: number
  /** Milliseconds since 1970; the absolute deadline counts from here, also across a rotation. */
  readonly createdAt: number
  /** Set while a rotation is not decided yet: the document is known to nobody (commit protocol §6). */
  readonly isProvisional: boolean
  /** The scope that a rotation copied. */
  readonly from: CopiedFrom | undefined
  /** The lifetime that was given to this scope alone; absent: it has that of its kind. */
  readonly lifetime?: OwnLifetime | undefined
  /** How long an end waits for its handlers, in milliseconds; for whoever ends the scope and does not know its kind. */
  readonly keepEndsMs?: number | undefined
  /** The indexes that named the scope at the snapshot; `indexedOf` has those of the whole document. */
  readonly indexed?: Indexed | undefined
  /** Of the locks that commits up to the snapshot were made under; `fencesOf` has those of the whole document. */
  readonly fences?: Fences | undefined
  /** Payload keys that this version of the library does not interpret; kept as they are. */
  readonly rest: Readonly<Record<string, unknown>>
}

/** A living scope, decoded. */
export interface LiveDocument {
  readonly type: 'live'
  readonly life: Life
  readonly version: number
  /** The id of the newest commit. */
  readonly commitId: CommitId
  /** Unix time in seconds at which the scope ends; 0: never. That of the newest frame. */
  readonly deadline: number
  readonly state: State
  readonly facts: SnapshotFacts
  /** The version of the snapshot that the document begins with. */
  readonly snapshotVersion: number
  /** The state at `snapshotVersion`. */
  readonly snapshotState: State
  /** The snapshot's list: ids of the last versions up to `snapshotVersion`, oldest first, aligned to versions. */
  readonly snapshotIds: readonly CommitId[]
  /** Bytes of the snapshot frame. */
  readonly snapshotBytes: number
  /** The CRC-32 in the header of the snapshot frame. */
  readonly snapshotChecksum: number
  /** The commits after the snapshot, oldest first, without a gap. */
  readonly tail: readonly CommitRecord[]
  /** Bytes of the tail's frames. */
  readonly tailBytes: number
}

/** An end marker, decoded. */
export interface EndedDocument {
  readonly type: 'ended'
  readonly life: Life
  /** One more than the last commit's: the end is a commit. */
  readonly version: number
  /** The end's own commit id. */
  readonly commitId: CommitId
  /** The time in the header of the marker, unix seconds; 0: none. */
  readonly deadline: number
  /** The last commit ids, the end's own included, oldest first, aligned to versions. */
  readonly ids: readonly CommitId[]
  readonly schemaVersion: number
  readonly reason: EndReason
  /** The word given to `end`. */
  readonly detail: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number
  /** The final state; undefined once the end has been delivered to its handlers. */
  readonly state: State | undefined
  readonly delivery: Delivery
  /** The life of the scope that a rotation made. */
  readonly next: Life | undefined
  /** Of the locks that the life was written under: a new life under the same key goes on with them. */
  readonly fences?: Fences | undefined
  /** In a journal: the document key of the scope, which has another life by now. */
  readonly of?: string | undefined
}

/** What a document key holds, decoded. */
export type ScopeDocument = LiveDocument | EndedDocument
