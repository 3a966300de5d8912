import type { Sample } from './page-data.ts'

/** So many seconds are kept. */
const samplesKept = 180

/** What the charts show, second by second. Whoever sees something adds it; a second that is over becomes a sample. */
export class Rates {
  readonly samples: Sample[] = []
  readonly #isMounted: boolean
  #commits = 0
  #merged = 0
  #ends = 0
  #conflicts = 0
  #lags: number[] = []
  #latencies: number[] = []

  /** `isMounted`: conflicts and latencies will be told, so that none are 0 and not unknown. */
  constructor(isMounted: boolean) {
    this.#isMounted = isMounted
  }

  commits(count: number): void {
    this.#commits += count
  }

  merged(): void {
    this.#merged++
  }

  ended(): void {
    this.#ends++
  }

  conflict(): void {
    this.#conflicts++
  }

  lag(ms: number): void {
    this.#lags.push(ms)
  }

  latency(ms: number): void {
    this.#latencies.push(ms)
  }

  /** The second is over. */
  close(at: number): Sample {
    const lags = this.#lags.sort(ascending)
    const latencies = this.#latencies.sort(ascending)
    const lagMs = atShare(lags, 0.5)
    const latencyMs = atShare(latencies, 0.5)
    const slowestMs = atShare(latencies, 0.99)
    const sample: Sample = {
      at,
      commits: this.#commits,
      merged: this.#merged,
      ends: this.#ends,
      ...(lagMs !== undefined && { lagMs }),
      ...(this.#isMounted && { conflicts: this.#conflicts }),
      ...(latencyMs !== undefined && { latencyMs }),
      ...(slowestMs !== undefined && { slowestMs }),
    }
    this.samples.push(sample)
    if (this.samples.length > samplesKept) this.samples.shift()
    this.#commits = this.#merged = this.#ends = this.#conflicts = 0
    this.#lags = []
    this.#latencies = []
    return sample
  }
}

function ascending(one: number, other: number): number {
  return one - other
}

/** Of a sorted list; undefined when it is empty. */
function atShare(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}
