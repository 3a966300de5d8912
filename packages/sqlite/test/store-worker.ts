import { parentPort, workerData } from 'node:worker_threads'

import { sqliteStore } from '../src/sqlite-store.ts'

/** A worker thread that adds to documents of its own until it is told to stop. */
const { path, name } = workerData as { readonly path: string; readonly name: string }
const store = sqliteStore({ path })
let isStopped = false
parentPort?.once('message', () => {
  isStopped = true
})
await Promise.all(
  [0, 1, 2, 3].map(async lane => {
    const key = `session:shop:${name}-${lane}`
    let result = await store.insert(key, Uint8Array.of(1))
    for (let length = 1; !isStopped; length++) {
      if (result.type !== 'done') throw new Error(`${key} has another writer`)
      parentPort?.postMessage({ key, length })
      result = await store.append(key, Uint8Array.of(1), result.token)
    }
  }),
)
await store.close()
