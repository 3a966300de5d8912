import { join } from 'node:path'

import { StoreUnavailableError } from '@scopes/core'
import { describe, expect, test } from 'vitest'

import { newStore } from './new-store.ts'
import { startProcess } from './start-process.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { done, rejection } from './writing.ts'

const key = 'session:shop:1'
const busyTimeoutMs = 1000

/** The longest time for which the event loop did nothing else while `work` ran. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 1)
  await work()
  clearInterval(timer)
  return Math.max(longest, performance.now() - last)
}

describe.each([false, true])(
  'rule 4: a peer is stopped inside a write transaction (having written: %s)',
  { timeout: 60_000 },
  writes => {
    test('reads go on, writes fail within their time with nothing written, and all is well when it is gone', async () => {
      const path = join(await temporaryDirectory(), 'scopes.db')
      const store = await newStore({ path, busyTimeoutMs })
      const token = done(await store.insert(key, Uint8Array.of(1)))
      const peer = startProcess({ type: 'hold', path, writes })
      await peer.told('holding')
      peer.signal('SIGSTOP')

      const blockedMs = await longestBlock(async () => {
        const started = performance.now()
        const write = rejection(store.append(key, Uint8Array.of(2), token))
        expect((await store.load(key))?.bytes).toEqual(Uint8Array.of(1))
        const error = await write
        const waitedMs = performance.now() - started
        expect(error).toBeInstanceOf(StoreUnavailableError)
        expect(error).toMatchObject({ outcome: 'none' })
        expect(waitedMs).toBeGreaterThanOrEqual(busyTimeoutMs)
        expect(waitedMs).toBeLessThan(busyTimeoutMs * 4)
      })
      // A busy handler of SQLite would have blocked it for all of the time.
      expect(blockedMs).toBeLessThan(busyTimeoutMs * 0.7)
      expect((await store.load(key))?.token).toBe(token)

      // Who opens now can read.
      const newcomer = await newStore({ path, busyTimeoutMs })
      expect((await newcomer.load(key))?.bytes).toEqual(Uint8Array.of(1))

      const waiting = store.append(key, Uint8Array.of(2), token)
      peer.signal('SIGKILL')
      await peer.gone
      const next = done(await waiting)
      expect(done(await newcomer.append(key, Uint8Array.of(3), next))).toBeGreaterThan(next)
    })
  },
)
