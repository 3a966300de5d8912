import { type Immutable, InvalidArgumentError, type Scope, type ScopeEnd, isStamp } from '@scopes/core'

/** What a browser is told of a scope. */
export type LiveMessage =
  | {
      readonly type: 'value'
      /** What a reader elsewhere must have seen to see this value; undefined while nothing is stored. */
      readonly stamp: string | undefined
      /** The projected value as JSON. */
      readonly json: string
    }
  | {
      readonly type: 'ended'
      /** What is said of the end, as JSON. */
      readonly json: string
    }

/** What of a scope is shown, and from where on. */
export interface LiveOptions<S extends object> {
  /** What may leave: JSON is made of its result and of nothing else. Called for each value that is sent. */
  readonly project: (value: Immutable<S>) => unknown
  /** What may leave of the end, as JSON; default: `{ reason }`. */
  readonly projectEnd?: ((end: ScopeEnd) => unknown) | undefined
  /**
   * The stamp of the last value that the browser has: it is not sent again, nor is one from before it, which memory may still have.
   * It comes from outside: what is no stamp is passed over.
   */
  readonly since?: string | undefined
  /** Aborting it closes the reader. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The value of a scope as one slow reader sees it: pulled, so that a reader who does not keep up misses values and gets the
 * newest. Nothing is buffered for him.
 */
export class LiveValue<S extends object> {
  readonly #scope: Scope<S>
  readonly #project: (value: Immutable<S>) => unknown
  readonly #projectEnd: (end: ScopeEnd) => unknown
  readonly #unsubscribe: () => void
  #seen: string | undefined
  #sent: string | undefined
  #isChanged = false
  /** The scope may be older than what the browser has seen. */
  #isBehind = false
  #failure: { readonly error: unknown } | undefined
  #isEnding = false
  #isOver = false
  #isClosed = false
  #wake: () => void = () => {}

  /** @throws InvalidArgumentError for what is no scope */
  constructor(scope: Scope<S>, { project, projectEnd = reasonOf, since, signal }: LiveOptions<S>) {
    checkScope(scope)
    this.#scope = scope
    this.#project = project
    this.#projectEnd = projectEnd
    const stamp = since !== undefined && isStamp(since) ? since : undefined
    this.#seen = stamp
    const subscription = scope.value$.subscribe({
      next: () => {
        this.#isChanged = true
        this.#wake()
      },
      complete: () => {
        this.#isEnding = true
        this.#wake()
      },
    })
    const close = (): void => this.close()
    const closing = new AbortController()
    this.#unsubscribe = () => {
      subscription.unsubscribe()
      closing.abort()
      signal?.removeEventListener('abort', close)
    }
    if (signal?.aborted) this.close()
    else signal?.addEventListener('abort', close)
    if (stamp !== undefined && !this.#isOver) void this.#catchUp(stamp, closing.signal)
  }

  /** Nothing follows: the scope has ended and that was told, the scopes were closed, or `close` was called. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** `close` was called. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * The next message; undefined while there is none.
   * @throws InvalidArgumentError when the projection throws, or gives what is no JSON, and what the store says when it is asked
   * for the value that the browser has seen; the reader is over then.
   */
  take(): LiveMessage | undefined {
    if (this.#isOver) return undefined
    if (this.#isEnding) return this.#takeEnd()
    if (this.#failure) {
      this.#finish()
      throw this.#failure.error
    }
    if (this.#isBehind || !this.#isChanged) return undefined
    this.#isChanged = false
    const { stamp, value } = this.#scope
    if (stamp !== undefined && stamp === this.#seen) return undefined
    // Once: after a rollback the same stamp may come again, after another value.
    this.#seen = undefined
    const json = this.#jsonOf(() => this.#project(value))
    if (json === this.#sent) return undefined
    this.#sent = json
    return { type: 'value', stamp, json }
  }

  /** Resolves when `take` may give something, or nothing follows; one caller at a time. */
  changed(): Promise<void> {
    if ((this.#isChanged && !this.#isBehind) || this.#failure || this.#isEnding || this.#isOver)
      return Promise.resolve()
    return new Promise(resolve => (this.#wake = resolve))
  }

  /** Afterwards nothing is held for this reader. Idempotent. */
  close(): void {
    this.#isClosed = true
    this.#finish()
  }

  /** Afterwards the scope is as new as the browser; from memory, or from the store where memory cannot prove it. */
  async #catchUp(stamp: string, signal: AbortSignal): Promise<void> {
    this.#isBehind = true
    try {
      await this.#scope.catchUp(stamp, { signal })
    } catch (error) {
      this.#failure = { error }
    }
    this.#isBehind = false
    this.#wake()
  }

  #finish(): void {
    this.#isOver = true
    this.#unsubscribe()
    this.#wake()
  }

  #takeEnd(): LiveMessage | undefined {
    this.#finish()
    const { ended } = this.#scope
    return ended && { type: 'ended', json: this.#jsonOf(() => this.#projectEnd(ended)) }
  }

  #jsonOf(project: () => unknown): string {
    const json = this.#tryJsonOf(project)
    if (json !== undefined) return json
    this.#finish()
    throw new InvalidArgumentError(
      'The projection of a scope for a browser gives nothing that JSON can say: give an object, a list, a text, a number, a boolean or null.',
    )
  }

  #tryJsonOf(project: () => unknown): string | undefined {
    try {
      return JSON.stringify(project())
    } catch (error) {
      this.#finish()
      throw new InvalidArgumentError(
        'The projection of a scope for a browser threw (the cause): it must give something for every value.',
        { cause: error },
      )
    }
  }
}

function reasonOf({ reason }: ScopeEnd): unknown {
  return { reason }
}

/** By its form: another copy of the core may have made it. What a handler holds is none. */
function checkScope(scope: unknown): void {
  if (typeof scope === 'object' && scope !== null) {
    if ('value$' in scope) return
    if ('scope' in scope)
      throw new InvalidArgumentError(
        "A scope of the core is followed, not that of a request: give the request's `.scope`.",
      )
  }
  throw new InvalidArgumentError('What is followed must be a scope, as scopes.open gives it.')
}
