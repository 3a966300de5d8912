import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { StoreUnavailableError } from '@scopes/core'
import { describe, expect, test } from 'vitest'

import { newStore } from './new-store.ts'
import { startProcess } from './start-process.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { done, rejection } from './writing.ts'

const key = 'session:shop:1'
const busyTimeoutMs = 1000

/** How often the event loop came round while `work` ran. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await work()
  clearInterval(timer)
  return turns
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

      const turns = await turnsDuring(async () => {
        const started = performance.now()
        const write = rejection(store.append(key, Uint8Array.of(2), token))
        expect((await store.load(key))?.bytes).toEqual(Uint8Array.of(1))
        // Whoever is late, the machine or the store: what is due earlier comes first.
        const patience = new AbortController()
        const tooLong = pause(busyTimeoutMs * 4, 'too long', { signal: patience.signal }).catch(() => {})
        const error = await Promise.race([write, tooLong])
        patience.abort()
        const waitedMs = performance.now() - started
        expect(error).toBeInstanceOf(StoreUnavailableError)
        expect(error).toMatchObject({ outcome: 'none' })
        expect(waitedMs).toBeGreaterThanOrEqual(busyTimeoutMs)
      })
      // A busy handler of SQLite would have blocked it for all of the time.
      expect(turns).toBeGreaterThan(5)
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
