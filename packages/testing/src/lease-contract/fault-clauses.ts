import assert from 'node:assert/strict'

import type { StoreFault, StoreOperation } from '../faults/fault.ts'
import { hold, isFree, leaseMs, type LeaseClause, type LeaseClauseContext } from './lease-clause.ts'

const name = 'till'
const key = 'lock:n:till'

/** Answers that are lost, and a store that is down. */
export const faultClauses: readonly LeaseClause[] = [
  {
    name: 'lost answers: of taking the lock, before and after it was executed: it is taken once, and nobody waits for himself',
    run: context =>
      eachLoss(context, 'insert', async ({ start }, lose) => {
        const [one, other] = [await start('A'), await start('B')]
        lose(one.faults)
        const body = hold(one, { name })
        await one.pass(leaseMs / 3)
        assert.equal(body.isInside, true, 'who asked for the lock does not get it')
        assert.equal(await isFree(other, { name }), false, 'two hold the lock')
        await body.leave()
        assert.equal(await isFree(other, { name }), true, 'something is left')
      }),
  },
  {
    name: 'lost answers: of renewing it: the holder keeps it',
    run: context =>
      eachLoss(context, 'replace', async ({ start, until }, lose) => {
        const [one, other] = [await start('A'), await start('B')]
        const body = hold(one, { name })
        await until('it holds the lock', () => body.isInside)
        const waiting = hold(other, { name })
        for (let time = 0; time < 6; time++) {
          lose(one.faults)
          await one.pass(leaseMs / 3)
          await other.pass(leaseMs / 3)
          assert.equal(waiting.isInside, false, 'the lock was taken from a holder who lives')
        }
        one.faults.calm()
        assert.equal(body.lock?.signal.aborted, false)
        await body.leave()
        await other.pass(leaseMs)
        await waiting.leave()
      }),
  },
  {
    name: 'lost answers: of giving it back: the next has it at once',
    run: context =>
      eachLoss(context, 'remove', async ({ start, until }, lose) => {
        const [one, other] = [await start('A'), await start('B')]
        const body = hold(one, { name })
        await until('it holds the lock', () => body.isInside)
        lose(one.faults)
        const left = body.leave()
        await one.pass(leaseMs / 3)
        await left
        assert.equal(await isFree(other, { name }), true, 'a lock that was given back is held')
      }),
  },
  {
    name: 'late requests: a release that lands late frees nobody else’s lock',
    run: async ({ start, until }) => {
      const [one, other] = [await start('A'), await start('B')]
      const body = hold(one, { name })
      await until('it holds the lock', () => body.isInside)
      one.faults.next({ operation: 'remove', key, fault: 'duplicate' })
      await body.leave()
      const next = hold(other, { name })
      await until('the next holds the lock', () => next.isInside)
      await one.faults.land()
      assert.equal(await isFree(one, { name }), false, 'a late release has freed the lock of another')
      await next.leave()
    },
  },
  {
    name: 'store down for 20 s in the middle: the holder is told, and afterwards the lock can be had again',
    run: async ({ start, until }) => {
      const [one, other] = [await start('A'), await start('B')]
      const body = hold(one, { name })
      await until('it holds the lock', () => body.isInside)
      for (const { faults } of [one, other]) faults.failing(true)
      await one.pass(20_000)
      assert.equal(body.lock?.signal.aborted, true, 'a holder whom nobody could hear of believes')
      for (const { faults } of [one, other]) faults.failing(false)
      await body.leave()
      const next = hold(other, { name })
      await other.pass(2 * leaseMs)
      assert.equal(next.isInside, true)
      await next.leave()
    },
  },
]

/** Runs the clause with each way of losing an answer. */
async function eachLoss(
  context: LeaseClauseContext,
  operation: StoreOperation,
  run: (
    context: LeaseClauseContext,
    lose: (faults: { next: (fault: { operation: StoreOperation; key: string; fault: StoreFault }) => void }) => void,
  ) => Promise<void>,
): Promise<void> {
  for (const fault of ['lose-before', 'lose-after', 'fail'] as const) {
    await run(context, faults => faults.next({ operation, key, fault }))
  }
}
