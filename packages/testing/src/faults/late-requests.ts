interface LateRequest {
  readonly execute: () => Promise<unknown>
  /** How many operations come before it; Infinity: only `land` executes it. */
  readonly operationsLeft: number
}

/** Requests that are still on their way when everybody has stopped waiting for them. */
export class LateRequests {
  #requests: readonly LateRequest[] = []

  /** How many there are. */
  get count(): number {
    return this.#requests.length
  }

  /** Afterwards the request is executed after this many further operations, or when told to land. */
  add(execute: () => Promise<unknown>, afterOperations: number): void {
    this.#requests = [...this.#requests, { execute, operationsLeft: afterOperations }]
  }

  /** One more operation has come. Resolves when those that were due before it are executed; undefined: none was. */
  countOperation(): Promise<void> | undefined {
    if (this.#requests.length === 0) return undefined
    const due = this.#requests.filter(({ operationsLeft }) => operationsLeft <= 0)
    this.#requests = this.#requests
      .filter(({ operationsLeft }) => operationsLeft > 0)
      .map(({ execute, operationsLeft }) => ({ execute, operationsLeft: operationsLeft - 1 }))
    return due.length > 0 ? executeAll(due) : undefined
  }

  /** Resolves when all of them have been executed, in the order in which they were sent. */
  async land(): Promise<void> {
    const due = this.#requests
    this.#requests = []
    await executeAll(due)
  }

  /** Afterwards there are none: what is still on its way is lost for good. */
  drop(): void {
    this.#requests = []
  }
}

async function executeAll(requests: readonly LateRequest[]): Promise<void> {
  for (const { execute } of requests) {
    // Nobody is left to hear the answer, a refusal or an error either.
    await execute().catch(() => undefined)
  }
}
