/** Who waits for signals to abort: one listener on each, however many wait, as when many calls are made for one caller. */
export class Aborts {
  readonly #watched = new Map<AbortSignal, Watched>()

  /** `callback` is called once when the signal aborts, unless the returned function was called before. */
  on(signal: AbortSignal, callback: () => void): () => void {
    const watched = this.#watched.get(signal) ?? this.#watch(signal)
    watched.callbacks.add(callback)
    return () => {
      watched.callbacks.delete(callback)
      if (watched.callbacks.size === 0) this.#unwatch(signal, watched)
    }
  }

  #watch(signal: AbortSignal): Watched {
    const callbacks = new Set<() => void>()
    const watched: Watched = {
      callbacks,
      listener: () => {
        this.#unwatch(signal, watched)
        for (const callback of callbacks) callback()
      },
    }
    signal.addEventListener('abort', watched.listener)
    this.#watched.set(signal, watched)
    return watched
  }

  #unwatch(signal: AbortSignal, watched: Watched): void {
    if (this.#watched.get(signal) !== watched) return
    this.#watched.delete(signal)
    signal.removeEventListener('abort', watched.listener)
  }
}

interface Watched {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}
