import type { ManifestChange } from './manifest.ts'

/** A scope or collection that was made or dropped, as it stands in the log of a vbucket. */
export interface LoggedEvent {
  readonly change: ManifestChange
  readonly seqno: bigint
  /** The manifest that it leads to; 0 where other events of the same manifest follow. */
  readonly manifestUid: bigint
}

/** The scopes and collections that one vbucket was told of: of each only the last event, as of a document. */
export class ManifestLog {
  /** By what they are about, in the order of their seqnos. */
  readonly #events = new Map<string, LoggedEvent>()

  add(event: LoggedEvent): void {
    const about = subjectOf(event.change)
    this.#events.delete(about)
    this.#events.set(about, event)
  }

  /** Whether that scope or collection is in it. */
  knows(change: ManifestChange): boolean {
    return this.#events.has(subjectOf(change))
  }

  /** All events in the order of their seqnos. */
  events(): Iterable<LoggedEvent> {
    return this.#events.values()
  }

  /** The events above one seqno and up to another. */
  between(after: bigint, through: bigint): readonly LoggedEvent[] {
    return [...this.#events.values()].filter(({ seqno }) => seqno > after && seqno <= through)
  }

  loseAfter(seqno: bigint): void {
    for (const [about, event] of this.#events) if (event.seqno > seqno) this.#events.delete(about)
  }

  clear(): void {
    this.#events.clear()
  }
}

/** What an event is about; no id of a document is like it, as those are of one byte a character. */
export function subjectOf(change: ManifestChange): string {
  const collection = collectionId(change)
  return collection === undefined ? `\u2021scope ${change.scope}` : `\u2021collection ${collection}`
}

/** The collection that a change is about; undefined: it is about a scope. */
export function collectionId(change: ManifestChange): number | undefined {
  return 'collection' in change ? change.collection : undefined
}
