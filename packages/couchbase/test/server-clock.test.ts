import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { type ClockMessage, diagnostics } from '@scopes/core'
import { serverClock, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { expect, onTestFinished, test } from 'vitest'

import { couchbaseStore } from '../src/couchbase-store.ts'
import { bucketName, optionsFor } from './server-place.ts'

const minute = 60_000

test.each([
  ['ahead of', 10 * minute, { ahead: expect.stringContaining('Couchbase') as string, byMs: 10 * minute }],
  ['behind', -10 * minute, { behind: expect.stringContaining('Couchbase') as string, byMs: 10 * minute }],
] as const)('servers whose clock is %s that of this machine are told of, once', async (_name, offMs, expected) => {
  const told: ClockMessage[] = []
  const take = (message: unknown): void => void told.push(message as ClockMessage)
  subscribe(diagnostics.clock.name, take)
  onTestFinished(() => void unsubscribe(diagnostics.clock.name, take))
  const now = Date.UTC(2026, 0, 1)
  const clock = serverClock({ startAt: now })
  const server = await startCouchbaseServer({ clock, buckets: [{ name: bucketName }] })
  const store = couchbaseStore({ ...optionsFor(server), clock: { now: () => now } })
  onTestFinished(async () => {
    await store.close()
    await server.close()
  })
  await store.insert('kind:shop:1', new Uint8Array(8))
  expect(told).toEqual([])
  const other = couchbaseStore({ ...optionsFor(server), clock: { now: () => now - offMs } })
  onTestFinished(() => other.close())
  for (let id = 2; id < 5; id++) await other.insert(`kind:shop:${id}`, new Uint8Array(8))
  expect(told).toMatchObject([{ type: 'apart', ...expected }])
})
