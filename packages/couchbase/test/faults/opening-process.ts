import { couchbaseStore } from '../../src/couchbase-store.ts'
import type { CouchbaseStoreOptions } from '../../src/options.ts'

// Opens a store, writes, closes nothing, and has nothing more to do.
const store = couchbaseStore(JSON.parse(process.argv[2] ?? '') as CouchbaseStoreOptions)
try {
  await store.open()
  await store.insert('session:shop:1', Uint8Array.of(1))
  process.stdout.write('opened')
} catch (error) {
  process.stdout.write(`failed: ${String(error)}`)
}
