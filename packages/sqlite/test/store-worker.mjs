// A worker thread that adds to documents of its own until it is told to stop. Plain JavaScript: a worker does not inherit
// the hooks that would translate its first file.
import { parentPort, workerData } from 'node:worker_threads'

import { register } from 'tsx/esm/api'

const hooks = register()
const { sqliteStore } = await import('../src/sqlite-store.ts')

const { path, name } = workerData
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
await hooks()
