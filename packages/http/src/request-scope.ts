import type { Committed, Draft, Immutable, LifetimeOptions, RotateOptions, Scope, UpdateOptions } from '@scopes/core'
import type { ScopeWork } from './scope-work.ts'

/** A scope as one request sees it: opened at most once per request, with a draft that is stored before the answer leaves. */
export interface RequestScope<S extends object> {
  /** The id that the visitor's cookie has, or will have once something is stored. */
  readonly id: string

  /** No living scope was found for this visitor: the first change stores one and sends its cookie. */
  readonly isNew: boolean

  /**
   * The state, frozen, with what this request's draft has changed; a draft that goes on is not followed: read it anew.
   * @throws InvalidStateError when the draft holds what cannot be stored.
   */
  readonly value: Immutable<S>

  /** This request's draft has changes that are not stored. */
  readonly isDirty: boolean

  /**
   * This request's draft: change it in place. It is stored before the response head leaves when the status is below 500,
   * and given up otherwise. `commit` and `rotate` end it: take it from here again.
   * @throws HeadersSentError once the head is being sent, or after the draft was given up.
   * @throws ScopeEndedError after `end` in this request.
   */
  readonly draft: Draft<S>

  /** The core's handle, for what outlives the request: subscriptions, history. It changes when the id is rotated. */
  readonly scope: Scope<S>

  /**
   * Afterwards the change is stored, whatever the status of the answer will be. The recipe runs again on the winner's state
   * after a conflict. Works after the head too, unless the visitor was never told the id: then HeadersSentError.
   */
  update(recipe: (draft: Draft<S>) => unknown, options?: UpdateOptions): Promise<Committed>

  /**
   * Afterwards the draft's changes are stored, whatever the status of the answer will be; undefined when there were none.
   * After a failure the changes are still there: call it again, or answer by an error, which does not store them.
   */
  commit(): Promise<Committed | undefined>

  /**
   * Gives this visitor's scope a lifetime of its own ("remember me"), stored with the draft, as a change of it. The cookie then
   * lives as long as the scope, whatever `maxAge` says; `{}` takes both back.
   *
   * ```ts
   * session.setLifetime({ idle: '30d', absolute: '180d' })
   * ```
   * @throws InvalidArgumentError for what is no lifetime, or `absolute` shorter than `idle`; and as `draft`.
   */
  setLifetime(lifetime: LifetimeOptions): void

  /**
   * Afterwards the scope has a new id and its data, or what the options say of it, the old id is dead on every node, and the answer announces the new one.
   * Changes of the draft are stored first. For a visitor to whom nothing was stored yet there is nothing to do.
   * @throws HeadersSentError once the head is being sent.
   */
  rotate(options?: RotateOptions<S>): Promise<void>

  /**
   * Afterwards the scope has ended, the draft is dropped and the answer clears the cookie. `await web.name(…)` in the same
   * request then gives a new scope with a new id. Resolves as well when somebody else had ended it.
   */
  end(detail?: string): Promise<void>
}

/** What a handler holds: it delegates and decides nothing. */
export class RequestScopeHandle<S extends object> implements RequestScope<S> {
  readonly #work: ScopeWork<S>

  constructor(work: ScopeWork<S>) {
    this.#work = work
  }

  get id(): string {
    return this.#work.scope.id
  }

  get isNew(): boolean {
    return this.#work.isNew
  }

  get value(): Immutable<S> {
    return this.#work.value
  }

  get isDirty(): boolean {
    return this.#work.isDirty
  }

  get draft(): Draft<S> {
    return this.#work.draft
  }

  get scope(): Scope<S> {
    return this.#work.handOut()
  }

  update(recipe: (draft: Draft<S>) => unknown, options?: UpdateOptions): Promise<Committed> {
    return this.#work.update(recipe, options)
  }

  commit(): Promise<Committed | undefined> {
    return this.#work.commit()
  }

  setLifetime(lifetime: LifetimeOptions): void {
    this.#work.setLifetime(lifetime)
  }

  rotate(options?: RotateOptions<S>): Promise<void> {
    return this.#work.rotate(options)
  }

  end(detail?: string): Promise<void> {
    return this.#work.end(detail)
  }
}
