import { Worker } from 'node:worker_threads'

/** A worker thread that writes, and what it has been promised: the length of each of its documents. */
export interface WritingWorker {
  readonly worker: Worker
  readonly promised: ReadonlyMap<string, number>
  readonly failures: readonly unknown[]
  /** Resolves when it has acknowledged so many more writes. */
  writes(more: number): Promise<void>
}

/** Starts a worker thread on the store, from the bundle of `store-worker.ts`. */
export function startWorker(program: URL, path: string, name: string): WritingWorker {
  const worker = new Worker(program, { workerData: { path, name }, execArgv: [] })
  const promised = new Map<string, number>()
  const failures: unknown[] = []
  let count = 0
  const waiting = new Set<() => void>()
  worker.on('message', ({ key, length }: { key: string; length: number }) => {
    promised.set(key, length)
    count++
    for (const look of waiting) look()
  })
  worker.on('error', error => {
    failures.push(error)
    for (const look of waiting) look()
  })
  return {
    worker,
    promised,
    failures,
    writes: more =>
      new Promise((resolve, reject) => {
        const wanted = count + more
        const look = (): void => {
          if (failures.length > 0) reject(failures[0])
          else if (count >= wanted) resolve()
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      }),
  }
}
