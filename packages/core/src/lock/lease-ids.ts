import { drawLife } from '../document/ids.ts'

/** Names the acquires of a process: a random number of 64 bits and a count. No two acquires have one id (lease protocol L3). */
export class LeaseIds {
  /** Names the process, for people. */
  readonly process: string
  readonly #holder = drawLife()
  #count = 0

  constructor(process: string) {
    this.process = process
  }

  next(): string {
    return `${this.#holder}.${++this.#count}`
  }
}
