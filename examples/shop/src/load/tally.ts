import type { Answer } from './load-client.ts'

/** What a shape of the load came to: one line of the table, and one object with `--json`. */
export interface LoadRow {
  readonly shape: string
  /** How many increments were sent and answered well; how many logouts were tried. */
  readonly expected: number
  /** How many of the increments are in the session; after how many logouts the session stayed away. */
  readonly seen: number
  /** What was answered well and is not there. */
  readonly lost: number
  /** Sessions that came back after their logout. */
  readonly revived: number
  readonly requestsPerSecond: number
  readonly p99Ms: number
}

/** Counts the answers of one shape. */
export class Tally {
  readonly #startedAt = performance.now()
  readonly #milliseconds: number[] = []
  readonly #answeredBy = new Map<string, number>()

  add({ milliseconds, answeredBy = 'no shop' }: Answer): void {
    this.#milliseconds.push(milliseconds)
    this.#answeredBy.set(answeredBy, (this.#answeredBy.get(answeredBy) ?? 0) + 1)
  }

  /** How many answers came from each process. */
  get answeredBy(): ReadonlyMap<string, number> {
    return this.#answeredBy
  }

  /** The answers until now, as a rate and as the time that 99 of 100 of them took at most. */
  times(): { readonly requestsPerSecond: number; readonly p99Ms: number } {
    const sorted = this.#milliseconds.toSorted((one, other) => one - other)
    const seconds = (performance.now() - this.#startedAt) / 1000
    return {
      requestsPerSecond: Math.round(sorted.length / seconds),
      p99Ms: Math.round((sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0) * 10) / 10,
    }
  }
}
