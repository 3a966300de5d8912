import { Subject } from 'rxjs'
import type { ScopeCopy } from '../cache/scope-cache.ts'
import type { Clock } from '../clock.ts'
import { backoffMs } from '../commit/backoff.ts'
import { CommitQueue } from '../commit/commit-queue.ts'
import type { View } from '../commit/commit-state.ts'
import type { Asked, CommitTarget } from '../commit/commit-target.ts'
import type { Indexing } from '../commit/indexing.ts'
import type { Patience } from '../commit/patience.ts'
import { EndWriter } from '../commit/end-writer.ts'
import { writeError } from '../commit/write-error.ts'
import type { ScopeDefinition } from '../definition/define-scope.ts'
import type { DeliveryClaim } from '../document/delivery.ts'
import { deadlineAt } from '../definition/lifetime.ts'
import type { ShownDocument } from '../definition/shown-document.ts'
import { decodeDocument } from '../document/decode.ts'
import type { Life, LiveDocument, ScopeDocument } from '../document/scope-document.ts'
import { diagnostics, tellChange } from '../diagnostics.ts'
import { UnreadableDocumentError } from '../errors.ts'
import type { KeyMessage } from '../feed/change-feed.ts'
import { type Folded, observe } from '../feed/fold.ts'
import { type Freshness, freshnessInAnswer, freshnessInMemory } from '../feed/freshness.ts'
import type { DocumentSeen, Observation, RemovalSeen } from '../feed/observation.ts'
import { type ScopeChange, toScopeChange } from '../feed/scope-change.ts'
import { type Slot, lowestToken, onLost, onRolledBack, openSlot } from '../feed/slot.ts'
import type { Stamp } from '../document/stamp.ts'
import { type StoreToken, compareTokens } from '../document/stored-document.ts'
import type { DocumentStore } from '../store/document-store.ts'
import { Backup } from './backup.ts'
import type { ScopeKey } from '../document/scope-key.ts'
import type { ScopeServices } from './scope-services.ts'
import { ShownCopy } from './shown-copy.ts'

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
  #slot: Slot
  #copy: View
  /** The partition of the feed that the scope belongs to, once a message has told. */
  #partition: number | undefined
  /** What is known has to be read again before it is told to whoever comes. */
  #isDistrusted = false
  /** Counts how often it became so: an answer that was asked for before says nothing. */
  #distrusts = 0
  /** The newest change that the feed has named without bringing it. */
  #announced: StoreToken = lowestToken

  constructor(key: ScopeKey, documentKey: string, definition: ScopeDefinition, services: ScopeServices) {
    this.key = key
    this.documentKey = documentKey
    this.definition = definition
    this.#services = services
    this.queue = new CommitQueue(this)
    this.backup = new Backup(this, services.clock)
    this.#slot = services.endings.slotOf(documentKey)
    const cached = services.cache.get(documentKey)
    // Nobody has asked the store for it now: it proves no freshness.
    if (cached) this.#begin(observe(this.#slot, this.#seen(cached), 'read', { ...this.ask(), at: -Infinity }), cached)
  }

  get store(): DocumentStore {
    return this.#services.store
  }

  get indexing(): Indexing {
    return this.#services.indexing
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

  get partition(): number | undefined {
    return this.#partition
  }

  /** What is known may be shown to whoever opens the scope: nothing has been told since that takes it back. */
  get isTrusted(): boolean {
    return this.#slot.isProven && !this.#isDistrusted
  }

  /** When the question was sent that proved what is known: monotonic milliseconds; -Infinity: an event said so. */
  get proofAt(): number {
    return this.#slot.proofAt
  }

  /** What memory says of a stamp; undefined: the store has to be asked. */
  freshness(stamp: Stamp): Freshness | undefined {
    return freshnessInMemory(this.#slot, this.#copy?.document, stamp)
  }

  ask(): Asked {
    const { epoch, revision } = this.#slot
    return { epoch, revision, at: this.clock.monotonic() }
  }

  /** Loads until an answer is news or confirms what is known; each further question needs a change meanwhile. */
  async load(signal?: AbortSignal): Promise<View> {
    for (;;) {
      const { view, mustRead } = await this.#loadOnce(signal)
      if (!mustRead) return view
    }
  }

  /** As `load`, for who looks at what is known then. */
  async refresh(signal?: AbortSignal): Promise<void> {
    await this.load(signal)
  }

  /**
   * Asks the store for a stamp. Asks again only when something was folded while the answer was under way, and never takes
   * an answer that was asked for before this call (replica protocol `stamp-asked`, `stamp-again`).
   */
  async refreshFor(stamp: Stamp, signal?: AbortSignal): Promise<Freshness> {
    for (;;) {
      const { view, isTaken } = await this.#loadOnce(signal)
      if (isTaken) return freshnessInAnswer(view?.document, this.#copy?.document, stamp)
      const known = this.freshness(stamp)
      if (known !== undefined) return known
    }
  }

  forget(): void {
    this.#slot = openSlot(this.#slot.epoch)
    this.#adopt(undefined, undefined)
  }

  /** Each copy of an undecided rotation is the first version of the same life: compared with the one before it would be a rollback. */
  #forgetCopied(): void {
    if (this.#copy && isCopied(this.#copy.document)) this.forget()
  }

  acknowledge(document: ScopeDocument, token: StoreToken, asked: Asked): Promise<void> | undefined {
    this.#forgetCopied()
    if (document.type === 'live') this.#noticeDeadline(document)
    const told = this.#shown.toldOf(document)
    const seen: DocumentSeen = { type: 'document', document, token, told, isUnheard: !this.changes.observed }
    const folded = observe(this.#slot, seen, 'acknowledgement', asked)
    this.#learn(folded)
    this.#notice(document, token)
    if (!folded.mustRead) return undefined
    this.refreshInBackground()
    return this.#readWritten()
  }

  keepEndsMsOf(): number {
    return this.definition.keepEndsMs
  }

  claimDelivery(): DeliveryClaim | undefined {
    return this.#services.ends.claim(this.key.kind)
  }

  /**
   * Resolves when the handlers of this process, if they are to deliver the end of this life, have been tried once. Never
   * rejects. Not for jobs of the queue: a handler may use the scope.
   */
  async delivered(life: Life | undefined = this.#copy?.document.life): Promise<void> {
    if (life !== undefined) await this.#services.ends.settled(life)
  }

  /** Others look at a scope again when the deadline that they know is near. */
  #noticeDeadline({ deadline, facts }: LiveDocument): void {
    const known = this.#copy?.document
    // Of a new life the usual deadline is known: it can be earlier only where the lifetime is its own.
    if (deadline === 0 || (known?.type !== 'live' && facts.lifetime === undefined)) return
    const now = this.clock.now()
    const usual = known?.type === 'live' ? known.deadline : deadlineAt(this.definition.lifetime, now, now)
    if (usual === 0 || deadline < usual) this.#services.watchDeadline(this.documentKey, deadline)
  }

  /** An end that waits for its handlers is delivered here, now or later. */
  #notice(document: ScopeDocument, token: StoreToken): void {
    this.#services.clockWatch.saw(document)
    if (document.type === 'ended') this.#services.ends.see(this.documentKey, document, token)
  }

  /** Whoever has written shows what he wrote; where the store fails for so long, later. */
  async #readWritten(): Promise<void> {
    const until = this.clock.monotonic() + this.timeoutMs
    for (let failures = 1; ; failures++) {
      try {
        return await this.refresh()
      } catch {
        // Told when the background reads it.
        if (this.clock.monotonic() >= until) return
        await this.clock.sleep(backoffMs(failures, Math.random()))
      }
    }
  }

  /** A message of the feed that concerns this scope. @throws UnreadableDocumentError */
  receive(message: KeyMessage): void {
    const { type, partition, token } = message
    this.#partition = partition
    if (type === 'removed') return this.#observeEvent({ type, token, reason: message.reason }, undefined)
    const { bytes } = message
    if (bytes === undefined) return this.#announce(token)
    const document = this.#decode(bytes, token)
    // A copy that a rotation has not decided on: it is known to nobody but the one who makes it, and by its answers.
    if (isCopied(document)) return
    this.#notice(document, token)
    this.#observeEvent(this.#seen({ document, token }), bytes)
  }

  /** The feed's partition has a new branch, or lost a part of its log: what is known has to be read again. */
  distrust(reason: 'rolled-back' | 'lost'): void {
    this.#slot = reason === 'lost' ? onLost(this.#slot) : onRolledBack(this.#slot)
    if (reason === 'rolled-back') this.#announced = lowestToken
    this.suspect()
  }

  /** Changes may have been missed. What is known orders what comes as before, and is read again. */
  suspect(): void {
    this.#isDistrusted = true
    this.#distrusts++
    this.refreshInBackground()
  }

  refreshInBackground(): void {
    this.#services.rereads.add(this)
  }

  #observeEvent(observation: DocumentSeen | RemovalSeen, bytes: Uint8Array | undefined): void {
    const folded = observe(this.#slot, observation, 'feed')
    this.#learn(folded, bytes)
    // What memory holds already is now at hand as it is stored, which takes less room.
    if (folded.verdict === 'same' && bytes && this.#copy?.token === observation.token) this.#keep(bytes)
    if (folded.mustRead) this.refreshInBackground()
  }

  /** The feed has named a change without bringing it. It may be one of our own, whose acknowledgement is under way. */
  #announce(token: StoreToken): void {
    if (compareTokens(token, this.#announced) > 0) this.#announced = token
    if (this.queue.isIdle) this.#readAnnounced()
    else void this.queue.drained().then(() => this.#readAnnounced())
  }

  #readAnnounced(): void {
    if (!this.#slot.isProven || compareTokens(this.#announced, this.#slot.token) > 0) this.refreshInBackground()
  }

  async #loadOnce(
    signal: AbortSignal | undefined,
  ): Promise<{ readonly view: View; readonly mustRead: boolean; readonly isTaken: boolean }> {
    const asked = this.ask()
    const distrusts = this.#distrusts
    // What has to be proven anew is read anew, whatever its token.
    const known = this.isTrusted ? this.#copy : undefined
    const stored = await this.patience.within(this.store.load(this.documentKey, { signal, known }))
    const isKnown = stored !== undefined && 'document' in stored
    const bytes = isKnown ? undefined : stored?.bytes
    if (diagnostics.load.hasSubscribers) {
      diagnostics.load.publish({ documentKey: this.documentKey, bytes: bytes?.length ?? 0 })
    }
    const view = isKnown
      ? stored
      : stored && { document: this.#decode(stored.bytes, stored.token), token: stored.token }
    const observation: Observation = view ? this.#seen(view) : { type: 'absent' }
    if (view && !isKnown) this.#notice(view.document, view.token)
    this.#forgetCopied()
    const folded = observe(this.#slot, observation, 'read', asked)
    const isTaken = folded.verdict === 'folded' || folded.verdict === 'same'
    if (isTaken && distrusts === this.#distrusts) this.#isDistrusted = false
    this.#learn(folded, folded.shown?.token === stored?.token ? bytes : undefined)
    // A document that was dropped is older than what is known; "nothing there" has no token that could say so.
    return { view, isTaken, mustRead: folded.mustRead || (view === undefined && folded.verdict === 'dropped') }
  }

  #seen({ document, token }: NonNullable<View>): DocumentSeen {
    return { type: 'document', document, token, told: this.#shown.toldOf(document) }
  }

  /** What is known already is not decoded again: only frames that are new are. */
  #decode(bytes: Uint8Array, token: StoreToken): ScopeDocument {
    const known = this.#copy
    if (known?.token === token) return known.document
    try {
      return decodeDocument(bytes, { key: this.documentKey, known: known?.document, isKept: true })
    } catch (error) {
      if (error instanceof UnreadableDocumentError) {
        diagnostics.unreadable.publish({ documentKey: this.documentKey, error })
      }
      throw error
    }
  }

  /** What a copy in memory told, before anybody can listen. */
  #begin({ slot, shown, endAgain }: Folded, copy: ScopeCopy): void {
    this.#slot = slot
    if (shown) {
      this.#shown.adopt(shown.document)
      this.#copy = { document: copy.document, token: copy.token }
      this.#partition = copy.partition
    } else this.#adopt(undefined, undefined)
    if (endAgain) this.#endAgainInBackground(endAgain)
  }

  /** @param bytes the document that was seen, as it is stored, where it is at hand */
  #learn({ slot, verdict, changes, shown, endAgain }: Folded, bytes?: Uint8Array): void {
    this.#slot = slot
    if (slot.fenced.length > 0) this.#services.endings.remember(this.documentKey, slot)
    if (verdict === 'folded') this.#adopt(shown, bytes)
    for (const change of changes) {
      if (change.type === 'reset' && change.reason === 'rolled-back') {
        diagnostics.rollback.publish({ documentKey: this.documentKey, life: change.life, version: change.version })
      }
      if (!this.changes.observed) continue
      tellChange(this.key, change)
      this.changes.next(toScopeChange(this.key, change, undefined))
    }
    if (verdict === 'folded' && this.shown$.observed) this.shown$.next()
    if (endAgain) this.#endAgainInBackground(endAgain)
  }

  /** Nothing shown: the scope is gone, or its life was seen to have ended. */
  #adopt(shown: Folded['shown'], bytes: Uint8Array | undefined): void {
    this.#shown.adopt(shown?.document)
    if (shown) {
      this.#copy = { document: shown.document, token: shown.token }
      this.#keep(bytes)
    } else {
      this.#copy = undefined
      this.#services.cache.delete(this.documentKey, this.#slot.token)
    }
  }

  #keep(bytes: Uint8Array | undefined): void {
    const { cache } = this.#services
    if (this.#copy === undefined) return
    const { document, token } = this.#copy
    cache.set(this.documentKey, { document, token, bytes, partition: this.#partition })
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
    end.tell(result.verdict)
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

function isCopied(document: ScopeDocument): boolean {
  return document.type === 'live' && document.facts.isProvisional
}
