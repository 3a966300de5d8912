import { EndWriter } from '../commit/end-writer.ts'
import { leaveUnlessPending } from '../commit/leave-indexes.ts'
import { writeError } from '../commit/write-error.ts'
import type { ScopeDefinition } from '../definition/define-scope.ts'
import { showDocument } from '../definition/shown-document.ts'
import type { LiveDocument } from '../document/scope-document.ts'
import { InvalidArgumentError, ScopeEndedError, StoreUnavailableError, UnreadableDocumentError } from '../errors.ts'
import { Burial } from '../index/burial.ts'
import { fateOf } from '../index/fate.ts'
import type { IndexBook } from '../index/index-book.ts'
import type { IndexDocument, IndexEntry } from '../index/index-document.ts'
import { indexKey } from '../index/index-key.ts'
import type { CheckedEndAll } from './end-all-options.ts'
import type { ScopeRegistry } from './scope-registry.ts'
import type { ScopeState } from './scope-state.ts'

/** What `endAll` works with. */
export interface EndAllParts {
  readonly application: string
  readonly registry: ScopeRegistry
  readonly book: IndexBook
}

/** How many scopes are ended at a time. */
const width = 16

/** The most looks at one scope. */
const mostLooks = 64

/**
 * Ends all scopes that have a value of an index (lease protocol §6). It stands at its first look at the index: what was named
 * then, and what rotations make of that, is over when it resolves; what is entered later lives.
 */
export class EndAll {
  readonly #parts: EndAllParts
  readonly #definition: ScopeDefinition
  readonly #options: CheckedEndAll
  /** What is over, or was tried. */
  readonly #handled: IndexEntry[] = []
  readonly #failures: unknown[] = []
  #ended = 0

  constructor(parts: EndAllParts, definition: ScopeDefinition, options: CheckedEndAll) {
    this.#parts = parts
    this.#definition = definition
    this.#options = options
  }

  /** @returns how many scopes this call has ended. Rejects with what kept one from ending, after the others have ended. */
  async run(): Promise<number> {
    const { application, book } = this.#parts
    const key = indexKey(application, this.#options.index.name, this.#options.value)
    let document = await book.read(key)
    let named: readonly IndexEntry[] = document.entries.filter(({ kind }) => kind === this.#definition.kind)
    while (named.length > 0) {
      const spared = this.#sparedIn(document)
      await this.#endEach(named.filter(entry => !spared.has(entry)))
      document = this.#failures.length === 0 ? await book.takeOut(key, this.#handled) : await book.read(key)
      named = this.#followersIn(document)
    }
    if (this.#failures.length > 0) throw this.#failures[0]
    return this.#ended
  }

  /** What is to be left alone: the exception, and what rotations made of it. */
  #sparedIn({ entries }: IndexDocument): ReadonlySet<IndexEntry> {
    const { exceptId, exceptLife } = this.#options
    const spared = new Set(entries.filter(({ id, life }) => id === exceptId || life === exceptLife))
    const lives = new Set<string | undefined>([...spared].map(({ life }) => life))
    if (exceptLife !== undefined) lives.add(exceptLife)
    for (let before = -1; before < spared.size;) {
      before = spared.size
      for (const entry of entries) {
        if (!entry.from.some(life => lives.has(life))) continue
        spared.add(entry)
        lives.add(entry.life)
      }
    }
    return spared
  }

  /** What has come from that which is over: by a rotation (I5), or by another try of the same commit. */
  #followersIn({ entries }: IndexDocument): readonly IndexEntry[] {
    const isNew = (entry: IndexEntry): boolean =>
      !this.#handled.some(({ life, version }) => life === entry.life && version === entry.version)
    const follows = ({ life, from }: IndexEntry): boolean =>
      this.#handled.some(other => other.life === life || from.includes(other.life))
    return entries.filter(entry => entry.kind === this.#definition.kind && isNew(entry) && follows(entry))
  }

  async #endEach(entries: readonly IndexEntry[]): Promise<void> {
    for (let start = 0; start < entries.length; start += width) {
      await Promise.all(entries.slice(start, start + width).map(entry => this.#end(entry)))
    }
    this.#handled.push(...entries)
  }

  async #end(entry: IndexEntry): Promise<void> {
    try {
      const { application, registry } = this.#parts
      const state = registry.stateOf(this.#definition, { application, kind: entry.kind, id: entry.id })
      state.backup.flush()
      if (!(await state.queue.run(() => this.#endIn(state, entry)))) return
      this.#ended++
      await state.delivered(entry.life)
    } catch (error) {
      this.#failures.push(error)
    }
  }

  /** For the queue of the scope. @returns whether it was ended here */
  async #endIn(state: ScopeState, entry: IndexEntry): Promise<boolean> {
    for (let look = 0; look < mostLooks; look++) {
      const view = await state.load()
      const fate = fateOf(entry, view, document => this.#hasValue(document))
      switch (fate.type) {
        case 'over':
        case 'rotated':
          return false
        case 'bury': {
          const { verdict } = await state.queue.write(new Burial(state, this.#options.detail), view)
          if (verdict.type === 'done') return false
          break
        }
        case 'end':
          if (await this.#endLife(state, entry, view)) return true
          break
        default:
          fate satisfies never
      }
    }
    throw new StoreUnavailableError(
      `Others changed ${state.documentKey} each time that it was to be ended; call endAll again.`,
    )
  }

  async #endLife(
    state: ScopeState,
    { life }: IndexEntry,
    view: Awaited<ReturnType<ScopeState['load']>>,
  ): Promise<boolean> {
    const end = new EndWriter(state, { reason: 'ended', detail: this.#options.detail }, { life })
    try {
      const result = await state.queue.write(end, view)
      end.tell(result.verdict)
      const { type } = result.verdict
      // Somebody else has ended it: the next look says how.
      if (type === 'ended') return false
      if (type !== 'done' && type !== 'settled') throw writeError(state, result)
    } catch (error) {
      if (error instanceof ScopeEndedError) return false
      throw error
    }
    // Of this index it is taken out with the others.
    if (this.#definition.indexes.length > 1) await leaveUnlessPending(state, state.copy)
    return true
  }

  /** What cannot be shown here, or not be asked, is ended with the others: it was entered for the value. */
  #hasValue(document: LiveDocument): boolean {
    const { index, value } = this.#options
    try {
      return index.valueOf(showDocument(document, this.#definition.versions).state) === value
    } catch (error) {
      if (error instanceof UnreadableDocumentError || error instanceof InvalidArgumentError) return true
      throw error
    }
  }
}
