import {
  type Committed,
  type Draft,
  HeadersSentError,
  type Immutable,
  type LifetimeOptions,
  type RotateOptions,
  type Scope,
  type ScopeDraft,
  ScopeEndedError,
  ScopesError,
  type UpdateOptions,
} from '@scopes/core'
import type { AnswerState } from './answer-state.ts'
import { httpDiagnostics } from './diagnostics.ts'

/** Where the scope of a visitor came from. */
export type ScopeOrigin =
  /** The request's cookie named it; `isOutdated`: signed by an old key, to be replaced when there is a change. */
  | { readonly type: 'named'; readonly id: string; readonly isOutdated: boolean }
  /** The request named it elsewhere than in its cookie: the visitor knows the id, and gets no cookie with it. */
  | { readonly type: 'lent'; readonly id: string }
  /** Nobody has it yet. */
  | { readonly type: 'new' }
  /** The cookie names a scope that was rotated a moment ago: another response brings the new id, so nothing may begin here. */
  | { readonly type: 'rotated' }

/** What the answer has to say about a scope. */
export type CookieFact =
  | { readonly type: 'none' }
  | { readonly type: 'clear' }
  | {
      /** `known`: the visitor has the id, and need not be told again. */
      readonly type: 'set' | 'known'
      readonly lifeMs: number
      /** The scope has a lifetime of its own, and so has the cookie. */
      readonly isOwnLife: boolean
      /** The visitor did not have the id. */
      readonly isNew: boolean
      /** Of what this request has stored; an answer that stored nothing has none. */
      readonly stamp: string | undefined
    }

/** One scope in one request: its draft, its writes, and what they mean for the cookie. */
export class ScopeWork<S extends object> {
  readonly #origin: ScopeOrigin
  readonly #answer: AnswerState
  #scope: Scope<S>
  #draft: ScopeDraft<S> | undefined
  /** The value when the draft was begun: as long as the draft shows this one, nothing was changed. */
  #draftBase: Immutable<S> | undefined
  /** The draft no longer records: its commit has begun, and may have failed. */
  #isDraftFinished = false
  /** The handler was told that the draft was not stored, or cannot be. */
  #isFailureTold = false
  #committing: Promise<Committed | undefined> | undefined
  /** The first write of a new scope, while it is under way. */
  #creating: Promise<unknown> | undefined
  /** The id that the head has brought to the visitor. */
  #announcedId: string | undefined
  readonly #openedDeadline: number | undefined
  readonly #openedWithOwnLife: boolean
  /** The draft gives the scope another lifetime. */
  #isLifeDrafted = false
  #isRenewing = false
  #hasEnded = false
  /** A write of this request made a version; with `backup: 'behind'` that is before the store has it. */
  #hasWritten = false
  /** The store has it. */
  #hasStored = false

  constructor(scope: Scope<S>, origin: ScopeOrigin, answer: AnswerState) {
    this.#scope = scope
    this.#origin = origin
    this.#answer = answer
    this.#openedDeadline = scope.deadline
    this.#openedWithOwnLife = scope.lifetime.isOwn
  }

  get scope(): Scope<S> {
    return this.#scope
  }

  /** The scope for somebody who may change it past this request. */
  handOut(): Scope<S> {
    this.#answer.involve()
    return this.#scope
  }

  get isNew(): boolean {
    return this.#origin.type === 'new'
  }

  /** `end` was called in this request. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** @throws InvalidStateError when the draft holds what cannot be stored. */
  get value(): Immutable<S> {
    if (this.#draft === undefined) return this.#scope.value
    try {
      return this.#draft.current
    } catch (error) {
      this.#isFailureTold = true
      throw error
    }
  }

  get draft(): Draft<S> {
    return this.#open().value
  }

  setLifetime(lifetime: LifetimeOptions): void {
    this.#open().setLifetime(lifetime)
    this.#isLifeDrafted = true
  }

  #open(): ScopeDraft<S> {
    this.#answer.involve()
    if (this.#answer.phase !== 'open') throw this.#tooLate('its draft cannot be changed: use update()')
    if (this.#hasEnded) throw this.#ended('ended', 'it was ended in this request; open it again for a new one')
    if (this.#isDraftFinished) {
      throw new ScopesError(
        'uncommitted',
        `${this.#title}: its commit failed; call commit() again or answer with an error.`,
      )
    }
    if (this.#draft === undefined) {
      this.#draft = this.#scope.draft()
      this.#draftBase = this.#draft.current
    }
    return this.#draft
  }

  /** The draft holds changes that are not stored. */
  get isDirty(): boolean {
    if (this.#draft === undefined) return false
    const { current } = this.#draft
    return (
      this.#isDraftFinished || this.#isLifeDrafted || (current !== this.#draftBase && current !== this.#scope.value)
    )
  }

  async update(recipe: (draft: Draft<S>) => unknown, options?: UpdateOptions): Promise<Committed> {
    this.#refuseRotated()
    this.#answer.involve()
    if (!this.#answer.canSetCookies && !this.#isKnownToVisitor) throw this.#tooLate('its id can no longer be announced')
    return this.#write(this.#scope.update(recipe, options))
  }

  commit(): Promise<Committed | undefined> {
    this.#committing ??= this.#commit().finally(() => (this.#committing = undefined))
    return this.#committing
  }

  rotate(options?: RotateOptions<S>): Promise<void> {
    this.#answer.involve()
    return this.#answer.track(this.#rotate(options))
  }

  end(detail?: string): Promise<void> {
    this.#answer.involve()
    return this.#answer.track(this.#end(detail))
  }

  /**
   * The draft records no more. True when it holds changes; without any it is dropped.
   * @throws InvalidStateError when it holds what cannot be stored.
   */
  finishDraft(): boolean {
    try {
      this.#isDraftFinished = this.#draft?.finish() ?? false
    } catch (error) {
      this.dropDraft()
      throw error
    }
    if (!this.#isDraftFinished) this.dropDraft()
    return this.#isDraftFinished
  }

  /** Before an error page: what the handler knows was not stored is given up. A page that says so must not store it, or fail by it. */
  giveUpFailed(): void {
    if (!this.#isFailureTold) return
    if (this.#isDraftFinished) this.dropDraft()
    else {
      try {
        // It may have been mended meanwhile.
        this.finishDraft()
      } catch {
        // Told, and dropped.
      }
    }
  }

  /** Afterwards there is no draft; what was not committed is not in `value` any more. */
  dropDraft(): void {
    this.#draft?.discard()
    this.#draft = undefined
    this.#draftBase = undefined
    this.#isDraftFinished = false
    this.#isFailureTold = false
    this.#isLifeDrafted = false
  }

  /** Begins a renewal; the answer does not wait for it. */
  renew(): void {
    const scope = this.#scope
    this.#isRenewing = true
    scope.touch().catch((error: unknown) => {
      httpDiagnostics.renewalFailed.publish({ key: scope.key, error })
    })
  }

  /** The deadline should move before it passes, and no commit of this request has moved it. */
  get isRenewalDue(): boolean {
    const scope = this.#scope
    const isOld = this.#origin.type === 'named' || this.#origin.type === 'lent'
    return isOld && !this.#hasEnded && scope.isStored && scope.needsRenewal
  }

  /**
   * What the head that is being written must say at `now`. `isLasting`: the cookie has a Max-Age, so that a renewal has to be
   * told.
   */
  cookieFact(now: number, isLasting: boolean): CookieFact {
    if (this.#origin.type === 'rotated') return { type: 'none' }
    if (this.#hasEnded) return { type: 'clear' }
    if (!this.#isStored) return { type: 'none' }
    const { id, deadline } = this.#scope
    if (this.#origin.type === 'lent' && this.#origin.id === id) return { type: 'none' }
    const isNamed = this.#origin.type === 'named' && this.#origin.id === id
    const isRenewed = this.#isRenewing || deadline !== this.#openedDeadline
    const { isOwn, idleMs = Infinity, absoluteMs = Infinity } = this.#scope.lifetime
    const isOutdated = this.#origin.type === 'named' && this.#origin.isOutdated && this.#hasStored
    const isTold = !isNamed || isOutdated || isOwn !== this.#openedWithOwnLife || ((isLasting || isOwn) && isRenewed)
    if (isTold) this.#announcedId = id
    const remainingMs = deadline === undefined ? Infinity : deadline - now
    // What is not stored yet, because it is written behind, begins to live now.
    const isBeginning = this.#isRenewing || !this.#scope.isStored
    return {
      type: isTold ? 'set' : 'known',
      lifeMs: isBeginning ? Math.min(idleMs, absoluteMs) : remainingMs,
      isOwnLife: isOwn,
      isNew: !isNamed,
      stamp: this.#hasStored || !isNamed ? this.#scope.stamp : undefined,
    }
  }

  async #commit(): Promise<Committed | undefined> {
    if (!this.finishDraft() || this.#draft === undefined) return undefined
    try {
      this.#refuseRotated()
      const committed = await this.#write(this.#draft.commit())
      this.dropDraft()
      return committed
    } catch (error) {
      this.#isFailureTold = true
      throw error
    }
  }

  async #rotate(options: RotateOptions<S> | undefined): Promise<void> {
    this.#refuseRotated()
    if (!this.#answer.canSetCookies) throw this.#tooLate('a new id can no longer be announced')
    await this.#created()
    if (!this.#scope.isStored) return
    // The draft belongs to the old id, whose writes are refused from here on.
    await this.commit()
    this.#scope = await this.#scope.rotate(options)
  }

  async #end(detail: string | undefined): Promise<void> {
    if (this.#origin.type === 'rotated') return
    await this.#created()
    if (this.#isStored) {
      try {
        await this.#scope.end(detail)
      } catch (error) {
        if (!(error instanceof ScopeEndedError)) throw error
      }
    }
    this.#hasEnded = true
    this.dropDraft()
  }

  #write(write: Promise<Committed>): Promise<Committed> {
    const written = write.then(committed => {
      this.#hasWritten ||= committed.version > 0
      this.#hasStored ||= committed.commitId !== undefined
      return committed
    })
    if (!this.#isStored) this.#creating = written
    return this.#answer.track(written)
  }

  get #isStored(): boolean {
    return this.#scope.isStored || (this.#hasWritten && this.#scope.ended === undefined)
  }

  async #created(): Promise<void> {
    await Promise.allSettled([this.#creating])
    this.#creating = undefined
  }

  get #isKnownToVisitor(): boolean {
    const { id } = this.#scope
    const hasOldId = (this.#origin.type === 'named' || this.#origin.type === 'lent') && id === this.#origin.id
    return hasOldId || id === this.#announcedId
  }

  #refuseRotated(): void {
    if (this.#origin.type !== 'rotated') return
    throw this.#ended('rotated', 'its id was rotated a moment ago, so the change was not stored')
  }

  #ended(reason: 'ended' | 'rotated', what: string): ScopeEndedError {
    return new ScopeEndedError(`${this.#title}: ${what}.`, { reason })
  }

  #tooLate(what: string): HeadersSentError {
    const { phase } = this.#answer
    const when = phase === 'abandoned' ? 'this request has given up its changes' : 'the response head has gone'
    const error = new HeadersSentError(`${this.#title}: ${when}, so ${what}.`)
    httpDiagnostics.lateChange.publish({ key: this.#scope.key, error })
    return error
  }

  get #title(): string {
    return `The ${this.#scope.key.kind} of this request`
  }
}
