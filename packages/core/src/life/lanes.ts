import type { Clock } from '../clock.ts'
import { Delays } from './delays.ts'

/** How long a job keeps its lane, in milliseconds: one that hangs holds nobody up for longer. */
const laneMs = 250

/** Runs jobs side by side, so many at a time, in the order in which they come. */
export class Lanes {
  readonly #delays: Delays
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(clock: Clock, width: number) {
    this.#delays = new Delays(clock, laneMs)
    this.#free = width
  }

  /** Resolves when the job has a lane; then it runs, which nobody waits for here. It never rejects. */
  async start(job: () => Promise<void>): Promise<void> {
    if (this.#free === 0) await new Promise<void>(resolve => this.#waiting.push(resolve))
    else this.#free--
    void this.#run(job)
  }

  async #run(job: () => Promise<void>): Promise<void> {
    let isHeld = true
    const leave = (): void => {
      if (!isHeld) return
      isHeld = false
      this.#leave()
    }
    const cancel = this.#delays.after(leave)
    await job()
    cancel()
    leave()
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}
