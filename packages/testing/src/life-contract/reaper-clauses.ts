import assert from 'node:assert/strict'

import { Call, idsOf, type LifeClause, type LifeProcess, markerOf, met, step, toldTo } from './life-clause.ts'

/** Signs of life often, so that who is silent is followed soon. */
const brisk = { leaseMs: 12_000 }
/** Longer than it takes until each process has its part. */
const sharedMs = 15_000

/** Scopes that end though nobody uses them. */
export const reaperClauses: readonly LifeClause[] = [
  {
    name: 'reaper: what nobody opens ends within two seconds of its deadline, and one of the processes tells it once',
    async run({ start, clock, pass, settled, store }) {
      const all = [await start('one', { reaper: brisk }), await start('two', { reaper: brisk })]
      const told = all.map(one => toldTo(one))
      const [one] = all
      assert.ok(one)
      const { deadline = 0 } = await step(one, 'a')
      await pass(sharedMs)
      await settled()
      await pass(deadline - clock.now())
      assert.equal(await markerOf(store, 'a'), undefined, 'it ended before its deadline')
      await pass(2000)
      assert.equal((await markerOf(store, 'a'))?.reason, 'expired', 'it outlives its deadline')
      await pass(1000)
      assert.deepEqual(idsOf(...told), ['a'])
    },
  },
  {
    name: 'reaper: what is used lives on, also when the renewal comes while its end is on its way',
    async run({ start, clock, pass, settled, store, until }) {
      const reaper = await start('reaper', { reaper: brisk })
      const other = await start('other', { skewMs: -1000 })
      const told = toldTo(reaper)
      await pass(sharedMs)
      await step(other, 'a')
      await settled()
      const call = await other.scopes.open(Call, 'a')
      await pass((call.deadline ?? 0) - clock.now() - 5000)
      assert.equal(await call.touch(), true)
      await settled()
      await pass(7000)
      assert.equal(await markerOf(store, 'a'), undefined, 'a scope in use has ended')
      reaper.faults.next({ operation: 'replace', key: 'call:shop:a', fault: 'delay', delayMs: 10_000 })
      const arrived = reaper.faults.injected.length
      await until('its end is on its way', () => reaper.faults.injected.length > arrived)
      await met(reaper, arrived)
      // By its own clock, which is a second behind, the scope is not over.
      assert.equal(await call.touch(), true)
      await pass(12_000)
      assert.equal(await markerOf(store, 'a'), undefined, 'the renewal did not win')
      assert.deepEqual(idsOf(told), [])
      await until('it ends when nobody uses it any more', () => told.length === 1)
    },
  },
  {
    name: 'reaper: what was stored while no process ran ends when one begins',
    async run({ start, clock, until }) {
      const early = await start('early')
      for (const id of ['a', 'b']) await step(early, id)
      await early.scopes.close()
      await clock.jump(600_000)
      const told = toldTo(await start('late', { reaper: brisk }))
      await until('all are told', () => told.length === 2)
      assert.deepEqual(idsOf(told), ['a', 'b'])
    },
  },
  {
    name: 'reaper: a rotation that is cut off after it was decided tells of both ids',
    async run({ start, pass, settled, until }) {
      const told = toldTo(await start('reaper', { reaper: brisk }))
      const dying = await start('dying')
      await pass(sharedMs)
      const call = await step(dying, 'a')
      await settled()
      // Its end marker arrives, the confirmation of the copy does not, and then it is heard of no more.
      dying.faults.next({ operation: 'replace', key: 'call:shop:a', fault: 'delay', delayMs: 10 })
      dying.faults.next({ operation: 'replace', fault: 'delay', delayMs: 86_400_000 })
      const rotating = call.rotate().catch(() => undefined)
      await until('it is decided and not confirmed', () => dying.faults.injected.length === 2)
      dying.faults.failing(true)
      await until('both are told', () => told.length === 2)
      assert.deepEqual(
        told.map(({ key, reason, value }) => [key.id === 'a', reason, value.steps]),
        [
          [true, 'rotated', ['hello']],
          [false, 'expired', ['hello']],
        ],
      )
      await rotating
    },
  },
  {
    name: 'reaper: where a process dies another ends what was its part',
    async run({ start, pass, settled, until }) {
      const [one, two] = await both(start)
      const told = [toldTo(one), toldTo(two)]
      await pass(sharedMs)
      for (const id of ids) await step(one, id)
      await settled()
      two.faults.failing(true)
      await until('all are told', () => told.flat().length === ids.length)
      assert.deepEqual(idsOf(...told), ids)
    },
  },
  {
    name: 'reaper: two that both believe that a part is theirs end each scope once, and tell it once',
    async run({ start, clock, pass, settled, until }) {
      const [one, two] = await both(start)
      const told = [toldTo(one), toldTo(two)]
      await pass(sharedMs)
      let deadline = 0
      for (const id of ids) deadline = (await step(two, id)).deadline ?? 0
      await settled()
      // It is cut off and does not notice: the other takes its part, and it comes back.
      one.believe()
      one.faults.failing(true)
      await pass(20_000)
      one.faults.failing(false)
      await pass(deadline - clock.now() + 3000)
      await until('all are told', () => told.flat().length >= ids.length)
      await pass(20_000)
      assert.deepEqual(idsOf(...told), ids)
    },
  },
  {
    name: 'reaper: a store that is down for 20 seconds at the deadline: it ends afterwards, and is told once',
    async run({ start, clock, pass, settled, until }) {
      const one = await start('one', { reaper: brisk })
      const told = toldTo(one)
      const { deadline = 0 } = await step(one, 'a')
      await pass(sharedMs)
      await settled()
      await pass(deadline - clock.now() - 5000)
      one.faults.failing(true)
      await pass(20_000)
      assert.deepEqual(idsOf(told), [])
      one.faults.failing(false)
      await until('it is told', () => told.length === 1)
      await pass(20_000)
      assert.deepEqual(idsOf(told), ['a'])
    },
  },
]

const ids: readonly string[] = Array.from({ length: 8 }, (_, index) => `c${index}`)

async function both(
  start: (name: string, options: { readonly reaper: typeof brisk }) => Promise<LifeProcess>,
): Promise<readonly [LifeProcess, LifeProcess]> {
  return [await start('one', { reaper: brisk }), await start('two', { reaper: brisk })]
}
