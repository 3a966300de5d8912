/** How often it ticks, in milliseconds. */
export const slowMs = 250

/**
 * The one timer of an open store for all that can wait a little: a process that does nothing else is woken once for all of it,
 * and not once for each.
 */
export class SlowTimer {
  readonly #listeners = new Set<() => void>()
  readonly #timer: NodeJS.Timeout
  /** How many of them the process has to stay alive for. */
  #holders = 0

  constructor() {
    this.#timer = setInterval(() => {
      for (const listener of this.#listeners) listener()
    }, slowMs).unref()
  }

  /** From now on `listener` is called at each tick, until the answer is called; the process does not stay alive for it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** As `listen`, and until then the process stays alive. */
  hold(listener: () => void): () => void {
    const unlisten = this.listen(listener)
    if (++this.#holders === 1) this.#timer.ref()
    return () => {
      unlisten()
      if (--this.#holders === 0) this.#timer.unref()
    }
  }

  /** Afterwards nobody is called any more. */
  stop(): void {
    clearInterval(this.#timer)
  }
}
