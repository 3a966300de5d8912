import { expect, test } from 'vitest'
import { Patience } from '../../src/commit/patience.ts'
import { memoryStore } from '../../src/index.ts'
import { askForLease } from '../../src/lock/ask-for-lease.ts'
import { LeaseIds } from '../../src/lock/lease-ids.ts'
import type { LeaseRun } from '../../src/lock/lease-run.ts'
import { lockRequest } from '../../src/lock/lock-options.ts'
import { LockWakes } from '../../src/lock/lock-wakes.ts'
import { counted } from '../scope/fixture.ts'
import { SteppingClock } from './stepping-clock.ts'

test('whoever is late by the time it is his turn is told so, passes the turn on, and asks the store for nothing', async () => {
  const clock = new SteppingClock()
  const { store, counts } = counted(memoryStore({ clock }))
  const runs = new Set<LeaseRun>()
  const services = { store, clock, patience: new Patience(clock, 10_000), ids: new LeaseIds('A') }
  const late = new Error('late')
  const turns: string[] = []
  const turn = {
    granted: () => void turns.push('granted'),
    gaveUp: () => void turns.push('gave up'),
    released: () => void turns.push('released'),
  }
  const parts = { services, wakes: new LockWakes(undefined, clock), runs, onWaiting: () => {}, lateError: () => late }
  const asking = askForLease(parts, lockRequest({ name: 'x' }), { turn, signal: AbortSignal.abort('late') })
  await expect(asking).rejects.toBe(late)
  expect([turns, runs.size, counts.load + counts.insert]).toEqual([['gave up'], 0, 0])
})
