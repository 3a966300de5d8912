import { Subject } from 'rxjs'
import type { ScopeCache } from '../cache/scope-cache.ts'
import type { Clock } from '../clock.ts'
import { CommitQueue } from '../commit/commit-queue.ts'
import type { View } from '../commit/commit-state.ts'
import type { Asked, CommitTarget } from '../commit/commit-target.ts'
import type { Patience } from '../commit/patience.ts'
import { EndWriter } from '../commit/end-writer.ts'
import { writeError } from '../commit/write-error.ts'
import type { ScopeDefinition } from '../definition/define-scope.ts'
import type { ShownDocument } from '../definition/shown-document.ts'
import { decodeDocument } from '../document/decode.ts'
import type { ScopeDocument } from '../document/scope-document.ts'
import { diagnostics } from '../diagnostics.ts'
import { UnreadableDocumentError } from '../errors.ts'
import type { FeedMessage } from '../feed/change-feed.ts'
import { type Folded, observe } from '../feed/fold.ts'
import type { DocumentSeen, Observation } from '../feed/observation.ts'
import { type ScopeChange, toScopeChange } from '../feed/scope-change.ts'
import { type Slot, onLost, onRolledBack, openSlot } from '../feed/slot.ts'
import type { StoreToken } from '../document/stored-document.ts'
import type { DocumentStore } from '../store/document-store.ts'
import { Backup } from './backup.ts'
import type { ScopeKey } from '../document/scope-key.ts'
import { ShownCopy } from './shown-copy.ts'

/** What all scopes of a process share. */
export interface ScopeServices {
  readonly store: DocumentStore
  readonly clock: Clock
  readonly cache: ScopeCache
  /** How long a write is tried, in milliseconds. */
  readonly timeoutMs: number
  /** For answers of the store. */
  readonly patience: Patience
}

/** What this process knows of one scope, shared by all its handles: the newest copy, its place in history, the queue. */
export class ScopeState implements CommitTarget {
  readonly key: ScopeKey
  readonly documentKey: string
  readonly definition: ScopeDefinition
  readonly queue: CommitQueue
  /** Every change that this process learns of, in version order, once by effect. */
  readonly changes: Subject<ScopeChange> = new Subject<ScopeChange>()
  /** What `backup: 'behind'` has not written yet. */
  readonly backup: Backup
  /** A recipe of this scope is running: it may not write to the scope. */
  isRecording = false
  /** Emits when there is another value to show. */
  readonly shown$: Subject<void> = new Subject<void>()
  readonly #services: ScopeServices
  readonly #shown: ShownCopy = new ShownCopy(this)
  #slot: Slot = openSlot()
  #copy: View

  constructor(key: ScopeKey, documentKey: string, definition: ScopeDefinition, services: ScopeServices) {
    this.key = key
    this.documentKey = documentKey
    this.definition = definition
    this.#services = services
    this.queue = new CommitQueue(this)
    this.backup = new Backup(this.queue, services.clock, this.shown$)
    const cached = services.cache.get(documentKey)
    if (cached) this.#learn(observe(this.#slot, this.#seen(cached), 'read', this.ask()))
  }

  get store(): DocumentStore {
    return this.#services.store
  }

  get clock(): Clock {
    return this.#services.clock
  }

  get patience(): Patience {
    return this.#services.patience
  }

  get timeoutMs(): number {
    return this.#services.timeoutMs
  }

  get copy(): View {
    return this.#copy
  }

  /** The living copy in the shape of the definition; where the newest state cannot be shown, the last one that could. */
  get shown(): ShownDocument | undefined {
    return this.#shown.living
  }

  /** Why the newest state cannot be shown; undefined: it can. */
  get refusal(): UnreadableDocumentError | undefined {
    return this.#shown.refusal
  }

  ask(): Asked {
    const { epoch, revision } = this.#slot
    return { epoch, revision, at: this.clock.monotonic() }
  }

  async load(signal?: AbortSignal): Promise<View> {
    return (await this.#loadOnce(signal)).view
  }

  /** Loads until an answer is news or confirms what is known; each further question needs a change meanwhile. */
  async refresh(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const { mustRead } = await this.#loadOnce(signal)
      if (!mustRead) return
    }
  }

  forget(): void {
    this.#slot = openSlot(this.#slot.epoch)
    this.#adopt(undefined)
  }

  acknowledge(document: ScopeDocument, token: StoreToken, asked: Asked): void {
    const folded = observe(this.#slot, this.#seen({ document, token }), 'acknowledgement', asked)
    this.#learn(folded)
    if (folded.mustRead) this.refreshInBackground()
  }

  /** A message of the feed that concerns this scope. @throws UnreadableDocumentError */
  receive(message: Extract<FeedMessage, { type: 'document' | 'removed' }>): void {
    const { token } = message
    if (message.type === 'document' && message.bytes === undefined) return this.refreshInBackground()
    const observation: Observation =
      message.type === 'document' && message.bytes
        ? this.#seen({ document: this.#decode(message.bytes, token), token })
        : { type: 'removed', token, reason: message.type === 'removed' ? message.reason : 'deleted' }
    const folded = observe(this.#slot, observation, 'feed')
    this.#learn(folded)
    if (folded.mustRead) this.refreshInBackground()
  }

  /** The feed's partition has a new branch, or lost a part of its log: what is known has to be read again. */
  distrust(reason: 'rolled-back' | 'lost'): void {
    this.#slot = reason === 'lost' ? onLost(this.#slot) : onRolledBack(this.#slot)
    this.refreshInBackground()
  }

  refreshInBackground(): void {
    const { documentKey } = this
    this.refresh().catch((error: unknown) => {
      diagnostics.backgroundFailed.publish({ documentKey, what: 'reading', error })
    })
  }

  async #loadOnce(signal: AbortSignal | undefined): Promise<{ readonly view: View; readonly mustRead: boolean }> {
    const asked = this.ask()
    const stored = await this.patience.within(this.store.load(this.documentKey, { signal }))
    if (diagnostics.load.hasSubscribers) {
      diagnostics.load.publish({ documentKey: this.documentKey, bytes: stored?.bytes.length ?? 0 })
    }
    const view = stored && { document: this.#decode(stored.bytes, stored.token), token: stored.token }
    const observation: Observation = view ? this.#seen(view) : { type: 'absent' }
    const folded = observe(this.#slot, observation, 'read', asked)
    this.#learn(folded)
    // A document that was dropped is older than what is known; "nothing there" has no token that could say so.
    return { view, mustRead: folded.mustRead || (view === undefined && folded.verdict === 'dropped') }
  }

  #seen({ document, token }: NonNullable<View>): DocumentSeen {
    return { type: 'document', document, token, told: this.#shown.toldOf(document) }
  }

  /** What is known already is not decoded again: only frames that are new are. */
  #decode(bytes: Uint8Array, token: StoreToken): ScopeDocument {
    const known = this.#copy
    if (known?.token === token) return known.document
    try {
      return decodeDocument(bytes, { key: this.documentKey, ...(known && { known: known.document }) })
    } catch (error) {
      if (error instanceof UnreadableDocumentError) {
        diagnostics.unreadable.publish({ documentKey: this.documentKey, error })
      }
      throw error
    }
  }

  #learn({ slot, verdict, changes, shown, endAgain }: Folded): void {
    this.#slot = slot
    if (verdict === 'folded') this.#adopt(shown)
    for (const change of changes) {
      if (change.type === 'reset' && change.reason === 'rolled-back') {
        diagnostics.rollback.publish({ documentKey: this.documentKey, life: change.life, version: change.version })
      }
      if (this.changes.observed) this.changes.next(toScopeChange(this.key, change, undefined))
    }
    if (verdict === 'folded' && this.shown$.observed) this.shown$.next()
    if (endAgain) this.#endAgainInBackground(endAgain)
  }

  /** Nothing shown: the scope is gone, or its life was seen to have ended. */
  #adopt(shown: Folded['shown']): void {
    const { cache } = this.#services
    this.#shown.adopt(shown?.document)
    if (shown) {
      this.#copy = { document: shown.document, token: shown.token }
      cache.set(this.documentKey, this.#copy)
    } else {
      this.#copy = undefined
      cache.delete(this.documentKey)
    }
  }

  /** Whoever watches the scope is told that nothing follows. */
  close(): void {
    this.changes.complete()
    this.shown$.complete()
  }

  /**
   * A life whose end was seen lives again after a rollback: it is ended again, and no other (replica protocol `re-end`).
   * Rejects with what kept it alive.
   */
  async endAgain(seen: DocumentSeen): Promise<void> {
    const { document, token } = seen
    const end = new EndWriter(this, { reason: 'ended' }, { life: document.life })
    // Not on the copy: of a life whose end was seen none is kept.
    const result = await this.queue.run(() => this.queue.write(end, { document, token }))
    const { type } = result.verdict
    if (type === 'failed' || type === 'given-up') throw writeError(this, result)
  }

  #endAgainInBackground(seen: DocumentSeen): void {
    const { documentKey } = this
    this.endAgain(seen).catch((error: unknown) =>
      diagnostics.backgroundFailed.publish({ documentKey, what: 'ending', error }),
    )
  }
}
