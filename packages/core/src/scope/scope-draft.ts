import type { Committed, ComposeBase, LifetimeChange } from '../commit/pending-commit.ts'
import { type DraftBase, computeDraft, isUnchanged } from '../commit/merge-draft.ts'
import { checkOptions } from '../definition/check-options.ts'
import { type LifetimeOptions, ownLifetime } from '../definition/own-lifetime.ts'
import type { ShownDocument } from '../definition/shown-document.ts'
import { type Draft, type Recorded, type RecordingDraft, openDraft } from '../draft/record.ts'
import { ConflictError, InvalidArgumentError, ScopesError } from '../errors.ts'
import type { PolicyPlace } from '../merge/policy-table.ts'
import { quoted } from '../value/quoted.ts'
import type { Immutable, State } from '../value/plain-data.ts'
import { type CommitIntent, commitOptions } from './commit-intent.ts'
import type { ScopeState } from './scope-state.ts'

/** How a draft is committed. */
export interface DraftCommitOptions {
  /** `merge` (default): three-way merged into what others committed meanwhile. `fail`: ConflictError. */
  readonly onConflict?: 'merge' | 'fail'
  /** How often it may be computed and sent; default 32. Repeats of the same bytes while an answer is missing are bounded by time. */
  readonly attempts?: number
  readonly signal?: AbortSignal
}

/** Where a draft begins, and the document that holds it. */
export interface DraftStart extends DraftBase {
  readonly document: ShownDocument | undefined
}

/**
 * Changes that are collected over a while and committed together. `value` may be changed like a plain object. After
 * `finish` it records no more; a failed `commit` keeps what was recorded and may be called again; after a successful one
 * a new draft on the committed value begins.
 */
export class ScopeDraft<S extends object> {
  readonly #state: ScopeState
  readonly #policies: PolicyPlace
  readonly #begin: () => DraftStart
  readonly #send: (intent: CommitIntent) => Promise<Committed>
  #base: DraftBase
  #recording: RecordingDraft<S> | undefined
  #recorded: Recorded | undefined
  #lifetime: LifetimeChange | undefined
  #isFinished = false
  /** Why the changes cannot be stored, once `finish` has said so. */
  #refusal: unknown
  #committing: Promise<Committed> | undefined

  /** @internal Drafts are made by `scope.draft()`. */
  constructor(state: ScopeState, begin: () => DraftStart, send: (intent: CommitIntent) => Promise<Committed>) {
    this.#state = state
    this.#policies = state.definition.policies
    this.#begin = begin
    this.#send = send
    this.#base = begin()
  }

  /** The draft. @throws InvalidArgumentError after `finish`. */
  get value(): Draft<S> {
    this.#mustBeOpen()
    this.#recording ??= openDraft<S>(this.#base.state, this.#policies)
    return this.#recording.value
  }

  /**
   * Gives the scope a lifetime of its own, stored with the changes of the draft; see `scope.setLifetime`. It counts as a change.
   * @throws InvalidArgumentError as that does, and after `finish`.
   */
  setLifetime(lifetime: LifetimeOptions): void {
    this.#mustBeOpen()
    this.#lifetime = { own: ownLifetime(this.#state.definition, lifetime) }
  }

  /**
   * What a commit would give now: the value with the changes so far, plain and frozen. Where a merge policy would refuse
   * them, the changes on the value that the draft began with.
   */
  get current(): Immutable<S> {
    const now = this.#begin()
    const recorded = this.#recording ? this.#recording.peek() : this.#recorded
    const { state, version, commitId, document } = now
    const on: ComposeBase = { state, version, commitId, document, preceding: [] }
    return (recorded ? this.#shown(recorded, on) : state) as Immutable<S>
  }

  /**
   * Afterwards nothing is recorded any more. @returns whether there is something to commit
   * @throws InvalidStateError when a value cannot be stored; the draft is discarded then.
   */
  finish(): boolean {
    if (this.#refusal) throw this.#refusal
    if (!this.#isFinished) {
      this.#isFinished = true
      const recording = this.#recording
      this.#recording = undefined
      try {
        this.#recorded = recording?.finish()
      } catch (error) {
        // Nothing of it is left to commit: a later commit may not look like a success.
        this.#refusal = error
        this.#lifetime = undefined
        throw error
      }
    }
    return this.#recorded !== undefined || this.#lifetime !== undefined
  }

  /**
   * Resolves when the changes are stored; a call while they are being written waits for the same commit.
   * Rejects with ConflictError, ScopeEndedError, StoreUnavailableError and others.
   */
  commit(options: DraftCommitOptions = {}): Promise<Committed> {
    this.#committing ??= this.#commit(options).finally(() => {
      this.#committing = undefined
    })
    return this.#committing
  }

  /** Afterwards nothing of it will be written. */
  discard(): void {
    this.#recording?.discard()
    this.#recording = undefined
    this.#recorded = undefined
    this.#lifetime = undefined
    this.#isFinished = true
  }

  #mustBeOpen(): void {
    if (!this.#isFinished) return
    throw new InvalidArgumentError('This draft is finished: commit it (again), or take a new one with scope.draft().')
  }

  #shown(recorded: Recorded, on: ComposeBase): State {
    try {
      return computeDraft({ base: this.#base, recorded, policies: this.#policies }, on).recorded?.state ?? on.state
    } catch (error) {
      // It is the commit that fails, not a look at the draft.
      if (error instanceof ScopesError) return recorded.state
      throw error
    }
  }

  async #commit(options: DraftCommitOptions): Promise<Committed> {
    checkOptions('commit', options, commitOptions)
    const { onConflict = 'merge', ...limits } = options
    if (onConflict !== 'merge' && onConflict !== 'fail') {
      throw new InvalidArgumentError(
        `A draft is committed with onConflict 'merge' or 'fail', not ${quoted(onConflict)}.`,
      )
    }
    this.finish()
    const base = this.#base
    const recorded = this.#recorded
    const committed = await this.#send({
      ...limits,
      lifetime: this.#lifetime,
      compute: on => {
        if (recorded === undefined) return undefined
        if (onConflict === 'fail' && !isUnchanged(base, on)) {
          throw new ConflictError(
            `Others changed ${this.#state.documentKey} since the draft began, and onConflict is 'fail'; nothing was written. Take a new draft.`,
            {
              attempts: 0,
            },
          )
        }
        return computeDraft({ base, recorded, policies: this.#policies }, on)
      },
    })
    this.#recorded = undefined
    this.#lifetime = undefined
    this.#base = this.#begin()
    this.#isFinished = false
    return committed
  }
}
