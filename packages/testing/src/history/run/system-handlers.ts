import type { Clock } from '@scopes/core'
import type { SeededRandom } from '../../seeded-random.ts'
import type { CheckedEnd } from '../checked-engine.ts'

/** What the handlers of a run do when they are told of an end: mostly they succeed. */
export class SystemHandlers {
  readonly #random: SeededRandom
  #isCalm = false
  #hasFailed = false

  constructor(random: SeededRandom) {
    this.#random = random
  }

  /** Some have failed. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** From now on they succeed. */
  calm(): void {
    this.#isCalm = true
  }

  /** Rejects now and then, or hangs until it is stopped. */
  async work({ signal }: CheckedEnd, clock: Clock): Promise<void> {
    const random = this.#random
    const [pauseMs, dice] = [random.below(20), random.next()]
    await clock.sleep(pauseMs)
    if (this.#isCalm || dice > 0.15) return
    this.#hasFailed = true
    if (dice > 0.02) throw new Error('This handler fails now and then.')
    await new Promise<void>(resolve => {
      if (signal.aborted) return resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    throw new Error('This handler hangs now and then.')
  }
}
