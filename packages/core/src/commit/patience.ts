import type { Clock } from '../clock.ts'
import { StoreUnavailableError } from '../errors.ts'

interface Question {
  /** Monotonic milliseconds. */
  readonly until: number
  readonly giveUp: () => void
}

/** How often overdue questions are looked for, in milliseconds. */
const lookEveryMs = 100

/**
 * Ends the waiting for a store that never answers: its queue would stand still for ever. What was asked may be executed all
 * the same. One timer for all questions: each of them would cost more than many of the answers.
 */
export class Patience {
  readonly #clock: Clock
  readonly #timeoutMs: number
  /** In the order of their ends, because all wait equally long. */
  readonly #questions = new Set<Question>()
  #isWatching = false

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** The answer; rejects with StoreUnavailableError, outcome unknown, when none came in time. */
  within<Answer>(answer: Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const question: Question = {
        until: this.#clock.monotonic() + this.#timeoutMs,
        giveUp: () =>
          reject(
            new StoreUnavailableError(
              `The store did not answer within ${this.#timeoutMs} ms: it is down, or has more to do than it can (commitTimeoutMs says how long it is waited for).`,
              { outcome: 'unknown' },
            ),
          ),
      }
      this.#questions.add(question)
      if (!this.#isWatching) void this.#watch()
      // Not by `finally`: every call of the store comes by here, and that would make two promises more.
      answer.then(
        value => {
          this.#questions.delete(question)
          resolve(value)
        },
        (error: unknown) => {
          this.#questions.delete(question)
          reject(error)
        },
      )
    })
  }

  async #watch(): Promise<void> {
    this.#isWatching = true
    while (this.#questions.size > 0) {
      await this.#clock.sleep(Math.min(lookEveryMs, this.#timeoutMs))
      const now = this.#clock.monotonic()
      for (const question of this.#questions) {
        if (question.until > now) break
        this.#questions.delete(question)
        question.giveUp()
      }
    }
    this.#isWatching = false
  }
}
