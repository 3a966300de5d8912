import { Observable, distinctUntilChanged, map } from 'rxjs'
import type { LifeBinding } from '../commit/commit-target.ts'
import type { RotateSelection } from '../commit/rotated-state.ts'
import type { Committed } from '../commit/pending-commit.ts'
import type { State } from '../value/plain-data.ts'
import { type Lifetime, lifetimeOf } from '../definition/lifetime.ts'
import { type LifetimeOptions, ownLifetime } from '../definition/own-lifetime.ts'
import type { ShownDocument } from '../definition/shown-document.ts'
import type { Life } from '../document/scope-document.ts'
import type { Draft } from '../draft/record.ts'
import { type EndReason, InvalidArgumentError } from '../errors.ts'
import type { Freshness } from '../feed/freshness.ts'
import type { ScopeChange } from '../feed/scope-change.ts'
import { stampOf } from '../document/stamp.ts'
import type { Immutable } from '../value/plain-data.ts'
import type { Shown } from './backup.ts'
import type { CommitIntent, UpdateOptions } from './commit-intent.ts'
import { type CommitInfo, historyOf, stateAt } from './history.ts'
import { type RotateOptions, rotateSelection } from './rotate-options.ts'
import { ScopeDraft, type DraftStart } from './scope-draft.ts'
import type { ScopeKey } from '../document/scope-key.ts'
import type { ScopeState } from './scope-state.ts'
import { updateIntent } from './update.ts'
import { type ValueChange, valueIntent } from './value-change.ts'

/** How a scope ended, as its end marker says. */
export interface ScopeEnd {
  /** Undefined when nothing is left that could say it. */
  readonly reason: EndReason | undefined
  readonly detail: string | undefined
  /** Milliseconds since 1970; undefined like the reason. */
  readonly at: number | undefined
}

/** What a handle asks of the process that it lives in. */
export interface ScopeActions {
  commit(state: ScopeState, binding: LifeBinding, intent: CommitIntent): Promise<Committed>
  watch(state: ScopeState): () => void
  flush(state: ScopeState): Promise<void>
  catchUp(state: ScopeState, atLeast: string, signal: AbortSignal | undefined): Promise<Freshness>
  touch(state: ScopeState, binding: LifeBinding): Promise<boolean>
  isRenewalDue(state: ScopeState): boolean
  end(state: ScopeState, binding: LifeBinding, detail: string | undefined): Promise<void>
  rotate(
    state: ScopeState,
    binding: LifeBinding,
    selection: RotateSelection | undefined,
  ): Promise<{ readonly state: ScopeState; readonly life: Life }>
}

/** How long a scope lives. */
export interface ScopeLifetime extends Lifetime {
  /** It is that of this scope, not that of its kind. */
  readonly isOwn: boolean
}

/** How a handle is made. */
interface HandleOptions {
  readonly life?: Life | undefined
  readonly request?: string | undefined
  readonly freshness?: Freshness | undefined
}

/**
 * A handle of one scope: reads, changes, watches and ends it. It belongs to the first life that it sees or creates; when
 * that has ended, its writes reject with ScopeEndedError, whatever lives under the same id later.
 */
export class Scope<S extends object> {
  /** What `open` found of `atLeast`; undefined when no stamp was given. */
  readonly freshness: Freshness | undefined
  readonly #state: ScopeState
  readonly #actions: ScopeActions
  readonly #binding: LifeBinding = { life: undefined }
  readonly #request: string | undefined
  #initial: State | undefined

  /** @internal Handles are made by `scopes.open` and `scopes.create`. */
  constructor(state: ScopeState, actions: ScopeActions, { life, request, freshness }: HandleOptions = {}) {
    this.#state = state
    this.#actions = actions
    this.#request = request
    this.#binding.life = life
    this.freshness = freshness
    this.#isAlive()
  }

  get key(): ScopeKey {
    return this.#state.key
  }

  get id(): string {
    return this.#state.key.id
  }

  /**
   * The newest known value: plain and frozen, in the shape of this process. `initial()` while nothing is stored, and after
   * the scope has ended.
   */
  get value(): Immutable<S> {
    return this.#shown() as Immutable<S>
  }

  /** The version of `value`; 0 while nothing is stored. */
  get version(): number {
    return this.#living()?.version ?? 0
  }

  /** The life that this handle belongs to; undefined while nothing is stored. */
  get life(): Life | undefined {
    this.#isAlive()
    return this.#binding.life
  }

  /** A living scope is stored and this handle belongs to it. */
  get isStored(): boolean {
    return this.#living() !== undefined
  }

  /** What a reader elsewhere must have seen to see this value: `life.version.commit`; undefined while nothing is stored. */
  get stamp(): string | undefined {
    const document = this.#living()
    return document && stampOf(document)
  }

  /** How this handle's scope ended, or the scope that was found under its id; undefined while it lives. */
  get ended(): ScopeEnd | undefined {
    if (this.#isAlive()) return undefined
    const document = this.#state.copy?.document
    const bound = this.#binding.life
    if (document?.type === 'ended' && (bound === undefined || bound === document.life)) {
      const { reason, detail, at } = document
      return { reason, detail, at }
    }
    return bound === undefined ? undefined : { reason: undefined, detail: undefined, at: undefined }
  }

  /** When the scope will end if it is not used: milliseconds since 1970; undefined: never, or nothing is stored. */
  get deadline(): number | undefined {
    const deadline = this.#living()?.deadline
    return deadline ? deadline * 1000 : undefined
  }

  /** How long it lives: what `setLifetime` has stored, and its definition in the rest. */
  get lifetime(): ScopeLifetime {
    const { definition } = this.#state
    const own = this.#living()?.facts.lifetime
    const { idleMs, absoluteMs } = lifetimeOf(definition, own)
    return { idleMs, absoluteMs, isOwn: own !== undefined }
  }

  /** Less than 90 % of the idle time remains (89 to 90, for each life its own), so that `touch` would renew the deadline. */
  get needsRenewal(): boolean {
    return this.#living() !== undefined && this.#actions.isRenewalDue(this.#state)
  }

  /**
   * Changes the scope by a recipe, which gets a draft and changes it in place. After a conflict it runs again on the
   * winner's state, so it must be synchronous and may not write elsewhere. Resolves when the change is stored.
   *
   * ```ts
   * await session.update(draft => { draft.hits++ })
   * ```
   * With `onConflict: 'merge'` a `draft.hits++` is an edit like any other: two that begin at the same number write the same
   * value and become **one, in silence**. Count with `inc(draft, 'hits', 1)`, or give the path the policy `counter()`.
   *
   * Rejects with what the recipe throws, and with ConflictError, ScopeEndedError, InvalidStateError, ScopeTooLargeError,
   * StoreUnavailableError (see its `outcome`) or InvalidArgumentError. After a rejection with outcome `none` nothing was written.
   * @throws InvalidArgumentError at once, so that the recipe fails, when it is called in a recipe of its own scope.
   */
  update(recipe: (draft: Draft<S>) => unknown, options: UpdateOptions = {}): Promise<Committed> {
    this.#mustNotBeRecording()
    try {
      return this.#commit(updateIntent(this.#state, recipe, options))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * A draft on the current value, to be committed later; after a conflict it is merged. Two drafts that both do `hits++` on
   * the same number become **one, in silence**: count with `inc(work.value, 'hits', 1)`, or by the policy `counter()`.
   *
   * ```ts
   * const work = session.draft()
   * append(work.value, 'log', 'seen')
   * await work.commit()
   * ```
   */
  draft(): ScopeDraft<S> {
    return new ScopeDraft<S>(
      this.#state,
      () => this.#draftBase(),
      async intent => {
        this.#mustNotBeRecording()
        return this.#commit(intent)
      },
    )
  }

  /**
   * Stores what makes `next` of `base`, merged into what others have stored meanwhile: for whoever gave a plain value away and gets
   * it back changed, as a session library does. It costs as much as the value is big; a draft costs as much as the change.
   * Rejects as the `commit` of a draft does.
   */
  async commitValue(change: ValueChange<S>): Promise<Committed> {
    this.#mustNotBeRecording()
    return this.#commit(valueIntent(this.#state, change))
  }

  /** The value, and each later one that this process learns of; completes when the scope has ended, or the scopes close. */
  get value$(): Observable<Immutable<S>> {
    return new Observable(subscriber => {
      if (this.#isOver()) {
        subscriber.next(this.value)
        return subscriber.complete()
      }
      const unwatch = this.#actions.watch(this.#state)
      let last = this.value
      subscriber.next(last)
      const subscription = this.#state.shown$.subscribe({
        next: () => {
          const { value } = this
          if (this.#isOver()) subscriber.complete()
          else if (value !== last) subscriber.next((last = value))
        },
        complete: () => subscriber.complete(),
      })
      subscription.add(unwatch)
      return subscription
    })
  }

  /** A part of the value, each time it is another (by `Object.is`). */
  select<T>(selector: (value: Immutable<S>) => T): Observable<T> {
    return this.value$.pipe(map(selector), distinctUntilChanged(Object.is))
  }

  /** What happens to the scope from now on, in version order; completes after `ended`, or when the scopes close. */
  get changes$(): Observable<ScopeChange<Immutable<S>>> {
    return new Observable(subscriber => {
      if (this.#isOver()) return subscriber.complete()
      const unwatch = this.#actions.watch(this.#state)
      const subscription = this.#state.changes.subscribe({
        next: change => {
          this.#isAlive()
          if (this.#binding.life !== undefined && change.life !== this.#binding.life) return
          subscriber.next(change as ScopeChange<Immutable<S>>)
          if (change.type === 'ended') subscriber.complete()
        },
        complete: () => subscriber.complete(),
      })
      subscription.add(unwatch)
      return subscription
    })
  }

  /**
   * Afterwards the value holds the stamped commit, or the answer says why not, as with `open` and `atLeast`: memory is asked,
   * and then the store; the feed is not waited for.
   * Rejects with InvalidArgumentError when the text is no stamp, and as `open` does.
   */
  catchUp(atLeast: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Freshness> {
    return this.#actions.catchUp(this.#state, atLeast, signal)
  }

  /** The commits that the document still holds, oldest first. */
  history(): readonly CommitInfo[] {
    return historyOf(this.#living())
  }

  /**
   * The value at a version that the document still holds.
   * @throws InvalidArgumentError when it is too old, or not there yet; UnreadableDocumentError when its upcast fails.
   */
  at(version: number): Immutable<S> {
    const state = stateAt(this.#living(), version)
    if (state) return state as Immutable<S>
    throw new InvalidArgumentError(
      `Version ${version} of ${this.#state.documentKey} is not held any more, or not yet; history() names those that are.`,
    )
  }

  /**
   * Afterwards nothing that `backup: 'behind'` has shown of the scope waits to be written: it is stored, or lost and told so by
   * `scopes.close()`. At once where nothing waits.
   */
  flush(): Promise<void> {
    return this.#actions.flush(this.#state)
  }

  /**
   * Gives this scope a lifetime of its own, whatever the others of its kind have ("remember me"), and counts `idle` from now. It
   * is stored with the scope and stays through rotations. What is left out is as the definition says; `{}` takes all back.
   *
   * ```ts
   * await session.setLifetime({ idle: '30d', absolute: '180d' })
   * ```
   * It is a commit: it makes a version, stores a scope that was not stored yet, and rejects as `update` does; and with
   * InvalidArgumentError when `absolute`, be it the definition's, is shorter than `idle`. With an `absolute` that is over already
   * the scope ends at once.
   */
  async setLifetime(lifetime: LifetimeOptions): Promise<Committed> {
    this.#mustNotBeRecording()
    const own = ownLifetime(this.#state.definition, lifetime)
    return this.#commit({ lifetime: { own }, compute: () => undefined })
  }

  /** Renews the deadline if it is due. @returns whether it was renewed */
  touch(): Promise<boolean> {
    return this.#actions.touch(this.#state, this.#binding)
  }

  /**
   * Ends the scope on every node; `detail` says why in the application's words. Nothing stored: nothing happens.
   * Rejects with ScopeEndedError when somebody else had ended it.
   */
  end(detail?: string): Promise<void> {
    this.#mustNotBeRecording()
    this.#isAlive()
    return this.#actions.end(this.#state, this.#binding, detail)
  }

  /**
   * Moves the data, or what the options say of it, to a new random id with the same lifetime; the old id is useless everywhere
   * from then on. @returns the scope under its new id
   *
   * ```ts
   * const next = await session.rotate({ drop: ['csrfToken'] })
   * ```
   * Rejects with ScopeEndedError when the scope has ended, with InvalidArgumentError when nothing is stored, with
   * InvalidStateError when the schema refuses what is left. A call after one that failed goes on with that rotation.
   */
  async rotate(options: RotateOptions<S> = {}): Promise<Scope<S>> {
    this.#mustNotBeRecording()
    const selection = rotateSelection(options)
    this.#isAlive()
    const { state, life } = await this.#actions.rotate(this.#state, this.#binding, selection)
    return new Scope<S>(state, this.#actions, { life, request: this.#request })
  }

  #commit(intent: CommitIntent): Promise<Committed> {
    this.#isAlive()
    const { attempts, signal, lifetime, compute } = intent
    return this.#actions.commit(this.#state, this.#binding, {
      request: this.#request,
      attempts,
      signal,
      lifetime,
      compute,
    })
  }

  /** A scope of this handle's life is stored; binds the handle to the first one it sees (L1). */
  #isAlive(): boolean {
    const document = this.#state.copy?.document
    if (document?.type !== 'live') return false
    this.#binding.life ??= document.life
    return document.life === this.#binding.life
  }

  /** What is shown of it; undefined where none is stored, or no state of it could be shown yet. */
  #living(): ShownDocument | undefined {
    return this.#isAlive() ? this.#state.shown : undefined
  }

  /** With `backup: 'behind'` what is still being written counts. */
  #shown(): State {
    const document = this.#living()
    const state = this.#unwritten()?.state ?? document?.state
    this.#initial ??= state ? undefined : this.#state.definition.initialState()
    return state ?? this.#initial ?? this.#state.definition.initialState()
  }

  #draftBase(): DraftStart {
    const document = this.#living()
    const { version = 0, commitId } = this.#unwritten() ?? document ?? {}
    return { state: this.#shown(), version, commitId, document }
  }

  #unwritten(): Shown | undefined {
    return this.#isOver() ? undefined : this.#state.backup.shown
  }

  /** The life of this handle is over. */
  #isOver(): boolean {
    return !this.#isAlive() && this.#binding.life !== undefined
  }

  #mustNotBeRecording(): void {
    if (!this.#state.isRecording) return
    throw new InvalidArgumentError(
      `A recipe of ${this.#state.documentKey} may not write to its own scope: it runs again after a conflict. Change its draft.`,
    )
  }
}
