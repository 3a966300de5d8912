import type { Answer } from '../http/contestants.ts'

/** One number for all visitors: what a request costs without any session. */
export class BareCounter {
  #number = 0

  increment(): Answer {
    return { number: ++this.#number }
  }

  read(): Answer {
    return { number: this.#number }
  }
}
