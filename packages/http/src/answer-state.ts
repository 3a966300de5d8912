/**
 * How far the answer of a request is. `open`: drafts record. `committing`: the head waits for them. `closed`: they are stored,
 * the head may leave. `abandoned`: they were given up, by a status or by a failure.
 */
export type RequestPhase = 'open' | 'committing' | 'closed' | 'abandoned'

/** What all scopes of one request must know of its answer. */
export class AnswerState {
  phase: RequestPhase = 'open'
  /** False from the instant in which the cookies of the head are asked for. */
  canSetCookies = true
  /** Writes that handlers have begun and not necessarily awaited: the head waits for them, because they decide cookies. */
  readonly #writes = new Set<Promise<unknown>>()

  /** The same promise; the head waits for it, and its failure stays with the caller. */
  track<T>(write: Promise<T>): Promise<T> {
    this.#writes.add(write)
    const remove = (): void => {
      this.#writes.delete(write)
    }
    write.then(remove, remove)
    return write
  }

  get isWriting(): boolean {
    return this.#writes.size > 0
  }

  /** Afterwards no write is under way. */
  async settled(): Promise<void> {
    while (this.#writes.size > 0) await Promise.allSettled(this.#writes)
  }
}
