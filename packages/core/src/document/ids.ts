import type { CommitId, Life } from './scope-document.ts'

// Asking the system for random bytes costs the same for 16 as for 4,096, some microseconds, and each commit needs 16.
// The pool is the only state of this module; no byte of it is used twice.
const pool = { bytes: Buffer.alloc(4096), used: 4096 }

/** A new life, random. */
export function drawLife(): Life {
  return draw(8) as Life
}

/** A new commit id, random. */
export function drawCommitId(): CommitId {
  return draw(16) as CommitId
}

function draw(length: number): string {
  if (pool.used + length > pool.bytes.length) {
    crypto.getRandomValues(pool.bytes)
    pool.used = 0
  }
  const start = pool.used
  pool.used += length
  return pool.bytes.toString('hex', start, pool.used)
}
