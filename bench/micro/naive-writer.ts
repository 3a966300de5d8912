import { randomBytes } from 'node:crypto'
import type { DocumentStore, StoreToken } from '@scopes/core'
import type { CounterState } from '../sessions.ts'
import type { CoreParts } from './core-parts.ts'

/**
 * What compare-and-swap is without a queue: load, decode, change, append with the token, and from the start again when
 * somebody else was faster. The document is core's own, compacted when core would.
 */
export class NaiveWriter {
  readonly #store: DocumentStore
  readonly #parts: CoreParts

  constructor(store: DocumentStore, parts: CoreParts) {
    this.#store = store
    this.#parts = parts
  }

  /** Afterwards the counter of an existing document is one more. Its guard is that somebody else was faster each time. */
  async increment(key: string): Promise<void> {
    for (;;) {
      const stored = await this.#store.load(key)
      if (stored === undefined) throw new Error(`There is no document ${key}.`)
      const result = await this.#write(key, stored.bytes, stored.token)
      if (result === 'done') return
    }
  }

  async #write(key: string, bytes: Uint8Array, token: StoreToken): Promise<'done' | 'refused'> {
    const { decodeDocument, record, encodeCommit, mustCompact, appendCommits, compact } = this.#parts
    const document = decodeDocument(bytes)
    const recorded = record(document.state, (draft: CounterState) => void draft.count++)
    if (recorded === undefined) throw new Error('An increment changed nothing.')
    const facts = {
      life: document.life,
      version: document.version + 1,
      commitId: randomBytes(16).toString('hex'),
      deadline: document.deadline,
      baseVersion: document.version,
      schemaVersion: 1,
      at: Date.now(),
      origin: { process: 'naive' },
      diff: recorded.diff,
      ops: recorded.ops,
    }
    const frame = encodeCommit(facts)
    if (!mustCompact(document, frame.length, 1)) return (await this.#store.append(key, frame, token)).type
    const grown = appendCommits(document, [{ ...facts, ...recorded, frame }])
    const compacted = compact({ document: grown, deadline: document.deadline })
    return (await this.#store.replace(key, compacted.bytes, token)).type
  }
}
