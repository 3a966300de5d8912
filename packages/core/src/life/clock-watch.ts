import type { Clock } from '../clock.ts'
import { clockToleranceMs } from '../definition/lifetime.ts'
import { type ClockPair, diagnostics } from '../diagnostics.ts'
import type { ScopeDocument } from '../document/scope-document.ts'

/** What a watch works with. */
export interface ClockWatchParts {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  /** Names whoever goes by this clock. */
  readonly name: string
}

/** Two clocks are taken to agree again when nothing has spoken against it for so long, in milliseconds. */
const agreedAfterMs = 600_000
/** More pairs than these are not remembered. */
const mostPairs = 64

/** What was told of two clocks. */
interface Told {
  readonly pair: ClockPair
  readonly byMs: number
  /** When it was seen last: monotonic milliseconds. */
  readonly seenAt: number
}

/**
 * Notices clocks that are further apart than `clockToleranceMs`, by which deadlines may be judged wrongly, and says so on
 * `scopes:clock`: once for each two, again when it is twice as much, and when nothing has been seen of it for ten minutes. No
 * question is asked for it: what is written tells when, by the clock of its writer. What lies in the future proves that he is ahead,
 * and so does a commit that is dated before the one that it follows. What lies in the past proves nothing.
 */
export class ClockWatch {
  readonly #clock: ClockWatchParts['clock']
  readonly #name: string
  readonly #told = new Map<string, Told>()
  /** By how much the wall clock is ahead of the monotonic one. */
  #offset: number | undefined
  /** Before this moment no pair agrees again: monotonic milliseconds. */
  #agreedFrom = Infinity

  constructor({ clock, name }: ClockWatchParts) {
    this.#clock = clock
    this.#name = name
  }

  /** Looks whether this process's wall clock goes as time does. Costs next to nothing; not done while nobody listens. */
  look(): void {
    if (!diagnostics.clock.hasSubscribers) return
    const now = this.#clock.monotonic()
    const offset = this.#clock.now() - now
    const byMs = offset - (this.#offset ?? offset)
    if (Math.abs(byMs) > clockToleranceMs) diagnostics.clock.publish({ type: 'jumped', name: this.#name, byMs })
    // What moves slowly is followed: it is how clocks are put right.
    this.#offset = offset
    this.#agree(now)
  }

  /** Looks at the dates in a document that was stored. */
  saw(document: ScopeDocument): void {
    if (!diagnostics.clock.hasSubscribers) return
    this.look()
    if (document.type === 'ended') return this.ahead({ ahead: undefined, behind: this.#name }, this.#until(document.at))
    const [before, last] = [document.tail.at(-2), document.tail.at(-1)]
    if (last === undefined) {
      return this.ahead({ ahead: undefined, behind: this.#name }, this.#until(document.facts.createdAt))
    }
    const writer = last.origin.process
    this.ahead({ ahead: writer, behind: this.#name }, this.#until(last.at))
    // It was made from the one before, so it was made after it.
    if (before) this.ahead({ ahead: before.origin.process, behind: writer }, before.at - last.at)
  }

  /** Of two clocks one was seen to be ahead by so many milliseconds, at least; not more than the tolerance: nothing was seen. */
  ahead(pair: ClockPair, byMs: number): void {
    const seenAt = this.#clock.monotonic()
    this.#agree(seenAt)
    if (byMs <= clockToleranceMs) return
    const key = JSON.stringify([pair.ahead, pair.behind])
    const known = this.#told.get(key)
    const isNews = known === undefined || byMs > 2 * known.byMs
    // Those that were seen last stand last.
    this.#told.delete(key)
    this.#told.set(key, { pair, byMs: isNews ? byMs : known.byMs, seenAt })
    this.#agreedFrom = Math.min(this.#agreedFrom, seenAt + agreedAfterMs)
    if (isNews) diagnostics.clock.publish({ type: 'apart', ...pair, byMs })
    const [oldest] = this.#told.size > mostPairs ? this.#told.keys() : []
    if (oldest !== undefined) this.#told.delete(oldest)
  }

  #until(at: number): number {
    return at - this.#clock.now()
  }

  #agree(now: number): void {
    if (now < this.#agreedFrom) return
    this.#agreedFrom = Infinity
    for (const [key, { pair, seenAt }] of this.#told) {
      const agreedAt = seenAt + agreedAfterMs
      if (now < agreedAt) {
        this.#agreedFrom = agreedAt
        return
      }
      this.#told.delete(key)
      diagnostics.clock.publish({ type: 'agreed', ...pair })
    }
  }
}
