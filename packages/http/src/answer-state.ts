/**
 * How far the answer of a request is. `open`: drafts record. `committing`: the head waits for them. `closed`: they are stored,
 * the head may leave. `abandoned`: they were given up, by a status or by a failure.
 */
export type RequestPhase = 'open' | 'committing' | 'closed' | 'abandoned'

/** What can make the head of an answer ask, see `RequestMeta`. */
export interface AnswerWatcher {
  watchAnswer?(): boolean
}

/** What all scopes of one request must know of its answer. */
export class AnswerState {
  phase: RequestPhase = 'open'
  /** False from the instant in which the cookies of the head are asked for. */
  canSetCookies = true
  readonly #adapter: AnswerWatcher
  #isWatched = false
  /** Writes that handlers have begun and not necessarily awaited: the head waits for them, because they decide cookies. */
  #writes: Set<Promise<unknown>> | undefined

  constructor(adapter: AnswerWatcher) {
    this.#adapter = adapter
  }

  /** To be called before anything that the head has to wait for, or to tell of. */
  involve(): void {
    if (this.#isWatched) return
    this.#isWatched = true
    if (this.#adapter.watchAnswer?.() ?? true) return
    this.phase = 'closed'
    this.canSetCookies = false
  }

  /** The same promise; the head waits for it, and its failure stays with the caller. */
  track<T>(write: Promise<T>): Promise<T> {
    const writes = (this.#writes ??= new Set())
    writes.add(write)
    const remove = (): void => {
      writes.delete(write)
    }
    write.then(remove, remove)
    return write
  }

  get isWriting(): boolean {
    return this.#writes !== undefined && this.#writes.size > 0
  }

  /** Afterwards no write is under way. */
  async settled(): Promise<void> {
    while (this.#writes && this.#writes.size > 0) await Promise.allSettled(this.#writes)
  }
}
