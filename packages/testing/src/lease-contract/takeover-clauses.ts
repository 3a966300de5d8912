import assert from 'node:assert/strict'

import { hold, isFree, leaseMs, type LeaseClause } from './lease-clause.ts'

const name = 'till'

/** When another can have a lock. */
export const takeoverClauses: readonly LeaseClause[] = [
  {
    name: 'renewal: who lives keeps the lock, however long the body takes',
    run: async ({ start, until }) => {
      const [one, other] = [await start('A'), await start('B')]
      const body = hold(one, { name })
      await until('it holds the lock', () => body.isInside)
      const waiting = hold(other, { name })
      for (let time = 0; time < 12; time++) {
        await one.pass(leaseMs / 3)
        await other.pass(leaseMs / 3)
        assert.equal(waiting.isInside, false, 'the lock was taken from a holder who lives')
      }
      assert.equal(body.lock?.signal.aborted, false)
      await body.leave()
      await other.pass(leaseMs)
      assert.equal(waiting.isInside, true)
      await waiting.leave()
    },
  },
  {
    name: 'death: the lock of a dead holder is free after its lease',
    run: async ({ start, until }) => {
      const [dead, other] = [await start('A'), await start('B')]
      const body = hold(dead, { name })
      await until('it holds the lock', () => body.isInside)
      // Nothing is heard of it any more: its clock stands still.
      const waiting = hold(other, { name })
      await other.pass(1.5 * leaseMs)
      assert.equal(waiting.isInside, true, 'a dead holder keeps the lock')
      await waiting.leave()
    },
  },
  {
    name: 'death: and not before',
    run: async ({ start, until }) => {
      const [slow, other] = [await start('A'), await start('B')]
      const body = hold(slow, { name })
      await until('it holds the lock', () => body.isInside)
      const waiting = hold(other, { name })
      await other.pass(0.9 * leaseMs)
      assert.equal(waiting.isInside, false, 'the lock was taken before the lease was over')
      await slow.pass(leaseMs / 3)
      await other.pass(0.9 * leaseMs)
      assert.equal(waiting.isInside, false, 'a sign of life was not seen')
      await slow.pass(leaseMs / 3)
      await body.leave()
    },
  },
  {
    name: 'death: who stands in line and dies does not hold up those behind',
    run: async ({ start, until }) => {
      const [holder, dead, third] = [await start('A'), await start('B'), await start('C')]
      const body = hold(holder, { name })
      await until('it holds the lock', () => body.isInside)
      const before = dead.lockRequests
      hold(dead, { name })
      await until('it stands in line', () => dead.lockRequests >= before + 3)
      dead.faults.failing(true)
      const waiting = hold(third, { name })
      for (let time = 0; time < 5; time++) {
        await holder.pass(leaseMs / 3)
        await third.pass(leaseMs / 3)
      }
      await body.leave()
      await third.pass(leaseMs)
      assert.equal(waiting.isInside, true, 'a dead waiter holds up the line')
      await waiting.leave()
    },
  },
  {
    name: 'fencing token: each holder has a greater one, also when nobody had the lock in between',
    run: async ({ start }) => {
      const processes = [await start('A'), await start('B')]
      const tokens: bigint[] = []
      for (let turn = 0; turn < 6; turn++) {
        for (const { scopes } of processes) {
          const token = await scopes.lock({ name }, ({ fencingToken }) => fencingToken)
          tokens.push(token ?? assert.fail('no token'))
        }
      }
      assert.ok(
        tokens.every((token, index) => index === 0 || token > (tokens[index - 1] ?? token)),
        tokens.join(),
      )
    },
  },
  {
    name: 'clocks: a wall clock that is ten minutes wrong takes no lock away, and gives none',
    run: async ({ start, until }) => {
      for (const [one, other] of [
        [await start('A', { skewMs: -600_000 }), await start('B')],
        [await start('C'), await start('D', { skewMs: 600_000 })],
      ] as const) {
        const body = hold(one, { name })
        await until('it holds the lock', () => body.isInside)
        assert.equal(await isFree(other, { name }), false, 'two hold the lock')
        await body.leave()
        assert.equal(await isFree(other, { name }), true)
      }
    },
  },
  {
    name: 'net: the document of a dead holder whom nobody waits for is dropped by the store, and not before its lease is over',
    run: async ({ start, until, store, age }) => {
      if (!store.capabilities.expires) return
      const dead = await start('A')
      const body = hold(dead, { name })
      await until('it holds the lock', () => body.isInside)
      await age(leaseMs)
      assert.ok(await store.load('lock:n:till'), 'the store has dropped a lock that is held')
      await age(3 * leaseMs)
      assert.equal(await store.load('lock:n:till'), undefined, 'a dead lock stays for ever')
    },
  },
]
