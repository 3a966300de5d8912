/** Something at which others wait until it is opened; it stays open. */
export class Barrier {
  #open: () => void = () => {}
  #reach: () => void = () => {}
  readonly #opened = new Promise<void>(resolve => (this.#open = resolve))
  readonly #reached = new Promise<void>(resolve => (this.#reach = resolve))

  /** Resolves when the barrier is open. */
  pass(): Promise<void> {
    this.#reach()
    return this.#opened
  }

  /** Resolves when somebody waits at the barrier, or has passed it. */
  reached(): Promise<void> {
    return this.#reached
  }

  open(): void {
    this.#open()
  }
}
