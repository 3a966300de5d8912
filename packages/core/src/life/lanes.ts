import type { Clock } from '../clock.ts'

/** How long a job keeps its lane, in milliseconds: one that hangs holds nobody up for longer. */
const laneMs = 250

/** Runs jobs side by side, so many at a time, in the order in which they come. */
export class Lanes {
  readonly #clock: Clock
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(clock: Clock, width: number) {
    this.#clock = clock
    this.#free = width
  }

  /** Resolves when the job has a lane; then it runs, which nobody waits for here. It never rejects. */
  async start(job: () => Promise<void>): Promise<void> {
    if (this.#free === 0) await new Promise<void>(resolve => this.#waiting.push(resolve))
    else this.#free--
    void this.#run(job)
  }

  async #run(job: () => Promise<void>): Promise<void> {
    const done = new AbortController()
    const running = job().finally(() => done.abort())
    await Promise.race([running, this.#clock.sleep(laneMs, done.signal, { isBackground: true })])
    done.abort()
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
    await running
  }
}
