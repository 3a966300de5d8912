/** Somebody who may ask the store for a lock. Exactly one of `granted` and `gaveUp` comes, and after `granted` one `released`. */
export interface Turn {
  granted(): void
  gaveUp(): void
  released(): void
}

interface Waiting {
  readonly isAlone: boolean
  readonly begin: (turn: Turn) => void
}

interface Line {
  /** First come, first served. */
  readonly waiting: Set<Waiting>
  /** Somebody asks the store. */
  isAsking: boolean
  /** Somebody of this process holds the lock alone. */
  isTaken: boolean
  /** How many hold it, alone or together. */
  holders: number
}

/**
 * The line of a process in front of each lock: only the first asks the store, so that there a process stands in line with one
 * entry, however many of its own want the lock; and nobody does while one of its own has it alone (lease protocol §1).
 */
export class WaitQueue {
  readonly #lines = new Map<string, Line>()

  /**
   * Resolves when it is the caller's turn; rejects with the reason of `signal` when that aborts before.
   * @param isAlone the lock is wanted for one holder
   */
  enter(key: string, isAlone: boolean, signal: AbortSignal): Promise<Turn> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error)
      const line = this.#lineOf(key)
      const waiting: Waiting = {
        isAlone,
        begin: turn => {
          signal.removeEventListener('abort', leave)
          resolve(turn)
        },
      }
      const leave = (): void => {
        line.waiting.delete(waiting)
        this.#tidy(key, line)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', leave, { once: true })
      line.waiting.add(waiting)
      this.#next(key, line)
    })
  }

  /** Whether who enters now has his turn at once. */
  isFree(key: string): boolean {
    const line = this.#lines.get(key)
    return line === undefined || !(line.isAsking || line.isTaken || line.waiting.size > 0)
  }

  #lineOf(key: string): Line {
    const line = this.#lines.get(key) ?? { waiting: new Set(), isAsking: false, isTaken: false, holders: 0 }
    this.#lines.set(key, line)
    return line
  }

  #next(key: string, line: Line): void {
    if (line.isAsking || line.isTaken) return
    const [first] = line.waiting
    if (first === undefined) return this.#tidy(key, line)
    line.waiting.delete(first)
    line.isAsking = true
    const { isAlone } = first
    first.begin({
      granted: () => {
        line.isAsking = false
        line.isTaken = isAlone
        line.holders++
        this.#next(key, line)
      },
      gaveUp: () => {
        line.isAsking = false
        this.#next(key, line)
      },
      released: () => {
        line.holders--
        if (isAlone) line.isTaken = false
        this.#next(key, line)
      },
    })
  }

  #tidy(key: string, line: Line): void {
    if (line.waiting.size === 0 && line.holders === 0 && !line.isAsking) this.#lines.delete(key)
  }
}
