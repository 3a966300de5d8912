/** A place that can be closed for a while. */
export interface Gate {
  readonly isClosed: boolean
  /** Afterwards everybody who comes has to wait. */
  close(): void
  /** Afterwards those who waited go on, in the order in which they came, and nobody has to wait. */
  open(): void
  /** Resolves when the gate is open, or when `signal` aborts. */
  pass(signal?: AbortSignal): Promise<void>
}

/** An open gate. */
export function gate(): Gate {
  let isClosed = false
  let waiting: readonly (() => void)[] = []
  return {
    get isClosed() {
      return isClosed
    },
    close: () => {
      isClosed = true
    },
    open: () => {
      isClosed = false
      const released = waiting
      waiting = []
      for (const goOn of released) goOn()
    },
    pass: signal =>
      new Promise(resolve => {
        if (!isClosed || signal?.aborted === true) return resolve()
        const goOn = (): void => {
          waiting = waiting.filter(other => other !== goOn)
          signal?.removeEventListener('abort', goOn)
          resolve()
        }
        waiting = [...waiting, goOn]
        signal?.addEventListener('abort', goOn)
      }),
  }
}
