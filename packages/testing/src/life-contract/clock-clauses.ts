import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { type ClockMessage, diagnostics } from '@scopes/core'

import { Call, type LifeClause, Visit, passing, refusedAsEnded, step, toldTo } from './life-clause.ts'

const minute = 60_000
/** What two clocks may be apart. */
const boundMs = 1000

/** Clocks of processes that are wrong: what they cannot do, and who notices. */
export const clockClauses: readonly LifeClause[] = [
  {
    name: 'clocks within the bound: who is ahead ends nothing before its time, and who is behind keeps nothing beyond it',
    async run({ start, clock, pass }) {
      for (const [skewMs, otherMs] of [
        [0, boundMs],
        [boundMs, 0],
        [-boundMs / 2, boundMs / 2],
      ] as const) {
        const [writer, other] = [await start('writer', { skewMs }), await start('other', { skewMs: otherMs })]
        const id = `${skewMs} ${otherMs}`
        /** How long it is until the deadline of the scope, by the clock of its writer. */
        const remainingMs = (deadline: number | undefined): number => (deadline ?? 0) - skewMs - clock.now()
        await clock.jump(remainingMs((await step(writer, id)).deadline) - 1)
        assert.equal((await other.scopes.open(Call, id)).isStored, true, 'it is over before its deadline')
        await clock.jump(remainingMs((await step(writer, id, 'in time')).deadline) + 3 * boundMs)
        const found = await other.scopes.open(Call, id)
        assert.equal(found.ended?.reason, 'expired', 'it outlives the bound')
        await pass(boundMs)
      }
    },
  },
  {
    name: 'a clock ten minutes ahead ends scopes early, each once and not before it is stored, and told to its handlers',
    async run({ start, clock, pass, store }) {
      const [right, ahead] = [await start('right'), await start('ahead', { skewMs: 10 * minute })]
      const told = toldTo(right)
      const call = await step(right, 'c')
      const others = toldTo(ahead)
      const opened = await ahead.scopes.open(Call, 'c')
      assert.equal(opened.ended?.reason, 'expired')
      assert.ok(await store.load('call:shop:c'), 'it was said to be over and is not there')
      await refusedAsEnded(
        passing(
          clock,
          call.update(draft => void draft.steps.push('late')),
        ),
        'expired',
      )
      await pass(minute)
      assert.deepEqual(
        [...told, ...others].map(({ reason, value }) => [reason, value.steps]),
        [['expired', ['hello']]],
      )
    },
  },
  {
    name: 'a clock twenty minutes behind ends scopes for good: what arrives late does not bring them back',
    async run({ start, clock, pass, store }) {
      const [behind, right] = [await start('behind', { skewMs: -20 * minute }), await start('right')]
      right.faults.next({ operation: 'insert', key: 'call:shop:c', fault: 'duplicate' })
      const call = await step(right, 'c')
      await (await behind.scopes.open(Call, 'c')).end('logout')
      await pass(minute)
      assert.ok(await store.load('call:shop:c'), 'nothing keeps out what is late')
      await right.faults.land()
      assert.equal((await right.scopes.open(Call, 'c')).ended?.detail, 'logout')
      await refusedAsEnded(
        passing(
          clock,
          call.update(draft => void draft.steps.push('late')),
        ),
        'ended',
      )
      // The same where handlers were told, which takes the final state away.
      toldTo(behind)
      await (await step(behind, 'd')).end()
      await pass(minute)
      assert.ok(await store.load('call:shop:d'), 'nothing keeps out what is late')
    },
  },
  {
    name: 'a clock twenty minutes behind rotates, and the successor is there',
    async run({ start, clock, pass, store }) {
      const behind = await start('behind', { skewMs: -20 * minute })
      // Of a kind whose ends nobody is told: only there the copy has no more than its minute.
      const visit = await behind.scopes.open(Visit, 'v')
      await visit.update(draft => void draft.pages++)
      const { id } = await passing(clock, visit.rotate())
      await pass(minute)
      assert.ok(await store.load(`visit:shop:${id}`), 'the successor has gone')
      assert.equal((await behind.scopes.open(Visit, id)).value.pages, 1)
    },
  },
  {
    name: 'a clock that jumps ahead and back ends scopes early or late by its error, and none twice',
    async run({ start, pass, clock }) {
      const one = await start('one')
      const told = toldTo(one)
      const endedOf = async (id: string): Promise<string | undefined> => {
        const { ended } = await one.scopes.open(Call, id)
        await pass(boundMs)
        return ended?.reason
      }
      await step(one, 'early')
      one.setSkew(10 * minute)
      assert.equal(await endedOf('early'), 'expired')
      await step(one, 'late')
      one.setSkew(0)
      await clock.jump(10 * minute)
      assert.equal(await endedOf('late'), undefined, 'it ended before the deadline that it was given')
      await clock.jump(3 * minute)
      assert.equal(await endedOf('late'), 'expired')
      one.setSkew(-10 * minute)
      assert.equal(await endedOf('late'), 'expired', 'what has ended lives again')
      assert.deepEqual(
        told.map(({ key }) => key.id),
        ['early', 'late'],
      )
    },
  },
  {
    name: 'clocks that are further apart than the bound are told of by each who sees it, once; those within it are not',
    async run({ start, pass }) {
      for (const [skewMs, isTold] of [
        [10 * minute, true],
        [boundMs, false],
      ] as const) {
        const [aheadName, rightName] = [`ahead ${skewMs}`, `right ${skewMs}`]
        const told: (string | undefined)[] = []
        const take = (message: unknown): void => {
          const said = message as ClockMessage
          if (said.type === 'apart' && said.behind === rightName) told.push(said.ahead)
        }
        subscribe(diagnostics.clock.name, take)
        try {
          const [ahead, right] = [await start(aheadName, { skewMs }), await start(rightName)]
          for (let turn = 0; turn < 4; turn++) {
            for (const one of [ahead, right]) await step(one, `of ${skewMs}`)
            await pass(boundMs)
          }
        } finally {
          unsubscribe(diagnostics.clock.name, take)
        }
        // The creation tells no name; one of them sees a date in the future, and the other dates out of order.
        assert.deepEqual(told, isTold ? [undefined, aheadName, aheadName] : [])
      }
    },
  },
]
