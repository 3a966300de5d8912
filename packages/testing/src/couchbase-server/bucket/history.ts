import type { StoredDocument } from './document.ts'
import type { LoggedEvent } from './manifest-log.ts'

/** One entry of the log of a vbucket: the last write of a document, or the last event of a scope or collection. */
export type LogEntry = StoredDocument | LoggedEvent

/** What of a log came after a seqno. */
export interface History {
  /** What is not in memory any more, so that it must be read from disk; undefined: there is nothing of the kind. */
  readonly onDisk: DiskSnapshot | undefined
  /** What is in memory, in the order of its seqnos. */
  readonly inMemory: readonly LogEntry[]
}

/** A log as the disk has it. */
export interface DiskSnapshot {
  /** In the order of their seqnos. */
  readonly entries: readonly LogEntry[]
  /** The seqno up to which the disk has all. */
  readonly through: bigint
}

/** Whoever follows the log of a vbucket. */
export interface LogFollower {
  /** Something new is in the log. */
  logged(entry: LogEntry): void
  /** That seqno was taken by what no consumer of this kind is sent: the step of a durable write that was given up. */
  passedOver(seqno: bigint, collection: number): void
  /** The vbucket is not any more what it was: another node's, of another state, or of another history. */
  stateChanged(): void
}

export function isEvent(entry: LogEntry): entry is LoggedEvent {
  return 'change' in entry
}

/** Entries of all lists in the order of their seqnos; each list is in order already. */
export function inSeqnoOrder(...lists: readonly (readonly LogEntry[])[]): readonly LogEntry[] {
  const [first = [], ...others] = lists.filter(list => list.length > 0)
  if (others.length === 0) return first
  return lists.flat().sort((left, right) => (left.seqno < right.seqno ? -1 : 1))
}
