import { type CommitRecord, UnreadableDocumentError } from '@scopes/core'
import { isMergedCommit } from '../documents/timeline.ts'
import type { ActivityLine } from './page-data.ts'
import type { Rates } from './rates.ts'
import type { IndexChange, IndexEntry } from './scope-index.ts'
import { decodeOrError } from './scope-view.ts'

/** So many lines are kept, and told at once. */
const linesKept = 50

/** Of so many documents between two turns the commits are looked at; of the others only how many there were. */
const documentsRead = 200

interface SeenChange extends IndexChange {
  readonly bytes: Uint8Array | undefined
  readonly seenAt: number
}

/** What happens to scopes, in lines and in numbers. Documents are decoded here and no state is kept. */
export class Activity {
  /** Newest last. */
  readonly lines: ActivityLine[] = []
  readonly #rates: Rates
  #seen: SeenChange[] = []

  constructor(rates: Rates) {
    this.#rates = rates
  }

  /** Counts the change now; who made it is found out by `read`. */
  take(change: IndexChange, bytes: Uint8Array | undefined, seenAt: number): void {
    this.#rates.commits(commitsBetween(change))
    if (isEnd(change)) this.#rates.ended()
    if (this.#seen.length < documentsRead) this.#seen.push({ ...change, bytes, seenAt })
  }

  /** The lines of what was taken since the last call, newest last. */
  read(): readonly ActivityLine[] {
    const lines = this.#seen.flatMap(seen => this.#linesOf(seen)).slice(-linesKept)
    this.#seen = []
    this.lines.push(...lines)
    this.lines.splice(0, this.lines.length - linesKept)
    return lines
  }

  #linesOf({ before, after, bytes, seenAt }: SeenChange): readonly ActivityLine[] {
    const entry = after ?? before
    if (entry === undefined) return []
    const line = lineOf(entry, seenAt)
    if (after === undefined || bytes === undefined) return [{ ...line, what: 'removed' }]
    const document = decodeOrError(after.documentKey, bytes)
    if (document instanceof UnreadableDocumentError) return [{ ...line, what: 'unreadable' }]
    if (document.type === 'ended') {
      return before?.state === 'ended' ? [] : [{ ...line, what: 'ended', at: document.at }]
    }
    const known = before?.life === document.life ? before.version : 0
    if (known === document.version) return [{ ...line, what: 'touched' }]
    const commits = document.tail
      .filter(({ version }) => version > known)
      .map(commit => this.#commit(line, commit, seenAt))
    const isNew = known === 0 && document.snapshotVersion === 1
    const created: ActivityLine = { ...line, what: 'created', version: 1, at: document.facts.createdAt }
    if (isNew && document.facts.from === undefined) this.#rates.lag(Math.max(0, seenAt - document.facts.createdAt))
    return isNew ? [created, ...commits] : commits
  }

  #commit(line: ActivityLine, { version, baseVersion, at, origin }: CommitRecord, seenAt: number): ActivityLine {
    const isMerged = isMergedCommit({ version, baseVersion })
    if (isMerged) this.#rates.merged()
    this.#rates.lag(Math.max(0, seenAt - at))
    return {
      ...line,
      what: isMerged ? 'merged' : 'committed',
      version,
      at,
      process: origin.process,
      ...(origin.request !== undefined && { request: origin.request }),
      ...(isMerged && { baseVersion }),
    }
  }
}

function lineOf({ documentKey, kind, id, version }: IndexEntry, seenAt: number): ActivityLine {
  return { key: documentKey, kind, id, what: 'committed', version, seenAt }
}

function commitsBetween({ before, after }: IndexChange): number {
  if (after?.state !== 'live') return 0
  const known = before?.life === after.life ? (before?.version ?? 0) : 0
  return Math.max(0, after.version - known)
}

function isEnd({ before, after }: IndexChange): boolean {
  return before?.state === 'live' && after?.state !== 'live' && after?.state !== 'unreadable'
}
