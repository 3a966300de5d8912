/** The errors that reached an error handler. */
export class ErrorLog {
  readonly errors: unknown[] = []
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = []

  add(error: unknown): void {
    this.errors.push(error)
    for (const { count, resolve } of this.#waiting) if (this.errors.length >= count) resolve()
  }

  /** Resolves when there are so many. */
  reached(count: number): Promise<void> {
    return new Promise(resolve => {
      if (this.errors.length >= count) resolve()
      else this.#waiting.push({ count, resolve })
    })
  }
}
