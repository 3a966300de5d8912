import type { View } from './commit-state.ts'

/** How long a process counts as a writer after a commit of it was seen, in milliseconds. */
const writingMs = 100

/**
 * Whose turn it is to write to a scope that several processes write to at once: who has gone longest without a commit. All of
 * them read that from the same document, so they agree without a word between them, and few requests are stale.
 */
export class Turns {
  /** When a commit of each process was last seen, monotonic milliseconds; who committed last is last. */
  readonly #seen = new Map<string, number>()
  #life: string | undefined
  #version = 0

  /** From here on others are watched: what they did earlier does not count. */
  begin(view: View): void {
    this.#seen.clear()
    this.#life = view?.document.life
    this.#version = view?.document.version ?? 0
  }

  /** Takes note of who has committed. @returns whether there was anything new */
  note(view: View, now: number): boolean {
    const document = view?.document
    if (document?.type !== 'live') return false
    // Another life, or a rollback: who wrote it is not worth knowing.
    if (document.life !== this.#life || document.version < this.#version) this.begin(view)
    const { version, tail } = document
    const fresh = tail.slice(Math.max(0, tail.length - (version - this.#version)))
    for (const { origin } of fresh) {
      this.#seen.delete(origin.process)
      this.#seen.set(origin.process, now)
    }
    const isNews = version > this.#version
    this.#version = version
    return isNews
  }

  /** How many others are writing. */
  rivals(process: string, now: number): number {
    this.#drop(now)
    return this.#seen.size - (this.#seen.has(process) ? 1 : 0)
  }

  /** How many of them have gone longer without a commit; 0 for a process of which no commit was seen. */
  ahead(process: string, now: number): number {
    this.#drop(now)
    return Math.max(0, [...this.#seen.keys()].indexOf(process))
  }

  #drop(now: number): void {
    for (const [process, at] of this.#seen) if (now - at > writingMs) this.#seen.delete(process)
  }
}
