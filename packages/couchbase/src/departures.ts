/**
 * Requests leave together. Each one that the SDK gets alone wakes its thread, which costs more than the request itself where
 * many are under way: then those of one turn of the event loop are handed over at its end, one right after the other. Who is
 * alone does not wait.
 */
export class Departures {
  #waiting: (() => void)[] = []
  /** Requests that have left and have no answer yet. */
  #underWay = 0

  /** What the request is answered, whenever it leaves. It leaves in the order of the calls. */
  leave<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    if (this.#underWay === 0 && this.#waiting.length === 0) return this.#send(send)
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#leaveTogether())
      this.#waiting.push(() => void this.#send(send).then(resolve, reject))
    })
  }

  #leaveTogether(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const leave of waiting) leave()
  }

  async #send<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    this.#underWay++
    try {
      return await send()
    } finally {
      this.#underWay--
    }
  }
}
