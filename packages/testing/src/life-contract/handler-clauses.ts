import assert from 'node:assert/strict'

import { Call, idsOf, type LifeClause, markerOf, passing, step, toldTo } from './life-clause.ts'

const minute = 60_000
const day = 24 * 60 * minute

/** Who is told of ends, and how often. */
export const handlerClauses: readonly LifeClause[] = [
  {
    name: 'handlers: each end is told once, with its reason, the caller’s word, the final state and an id of its own, before end and rotate resolve',
    async run({ start, clock, pass, store }) {
      const one = await start('one')
      const told = toldTo(one, async ({ key }) => assert.ok(await markerOf(store, key.id), 'it is told and not stored'))
      const [ended, rotated, expired] = [await step(one, 'a'), await step(one, 'b'), await step(one, 'c')]
      await ended.end('logout')
      assert.deepEqual(idsOf(told), ['a'])
      await rotated.rotate()
      assert.deepEqual(idsOf(told), ['a', 'b'])
      await clock.jump(3 * minute)
      assert.equal((await one.scopes.open(Call, 'c')).ended?.reason, 'expired')
      await pass(1000)
      assert.deepEqual(
        told.map(({ key, reason, detail, value, attempt }) => [key.id, reason, detail, value.steps, attempt]),
        [
          ['a', 'ended', 'logout', ['hello'], 0],
          ['b', 'rotated', undefined, ['hello'], 0],
          ['c', 'expired', undefined, ['hello'], 0],
        ],
      )
      const lives = [ended, rotated, expired].map(({ life }) => life)
      assert.deepEqual(
        told.map(({ life }) => life),
        lives,
      )
      assert.equal(new Set(told.map(({ deliveryId }) => deliveryId)).size, 3)
    },
  },
  {
    name: 'handlers: one that fails is told again under the same id until it succeeds; the end waits for it, and other ends do not',
    async run({ start, pass, store }) {
      const one = await start('one')
      const told = toldTo(one, ({ key }, ends) => {
        if (key.id === 'a' && ends.filter(other => other.key.id === 'a').length < 4) throw new Error('down')
      })
      await (await step(one, 'a')).end()
      const waiting = await markerOf(store, 'a')
      assert.deepEqual([waiting?.delivery.type, waiting?.state], ['pending', { steps: ['hello'] }])
      await (await step(one, 'b')).end()
      assert.equal((await markerOf(store, 'b'))?.delivery.type, 'delivered')
      await pass(20_000)
      const again = told.filter(({ key }) => key.id === 'a')
      assert.deepEqual(
        again.map(({ attempt }) => attempt),
        [0, 1, 2, 3],
      )
      assert.equal(new Set(again.map(({ deliveryId }) => deliveryId)).size, 1)
      const marker = await markerOf(store, 'a')
      assert.deepEqual([marker?.delivery.type, marker?.state], ['delivered', undefined])
    },
  },
  {
    name: 'handlers: one that hangs is stopped after a minute and told again, and other ends do not wait for it',
    async run({ start, pass, store, clock }) {
      const one = await start('one')
      const told = toldTo(one, ({ key }, ends) =>
        key.id === 'a' && ends.length === 1 ? new Promise(() => {}) : undefined,
      )
      const ending = (await step(one, 'a')).end()
      ending.catch(() => {})
      await pass(10_000)
      await (await step(one, 'b')).end()
      assert.deepEqual(idsOf(told), ['a', 'b'])
      await pass(49_000)
      assert.equal(told[0]?.signal.aborted, false, 'it was stopped early')
      await pass(2000)
      assert.equal(told[0]?.signal.aborted, true, 'it was not stopped')
      await passing(clock, ending)
      await pass(5000)
      assert.deepEqual(idsOf(told), ['a', 'a', 'b'])
      assert.equal((await markerOf(store, 'a'))?.delivery.type, 'delivered')
    },
  },
  {
    name: 'handlers: of all processes one is told; where it gives no sign of life another is, under the same id',
    async run({ start, pass, until }) {
      const [one, two] = [await start('one'), await start('two')]
      const [told, others] = [
        toldTo(one, ({ key }) => (key.id === 'b' ? new Promise(() => {}) : undefined)),
        toldTo(two),
      ]
      await (await step(one, 'a')).end()
      await two.scopes.open(Call, 'a')
      await pass(20_000)
      assert.deepEqual([idsOf(told), idsOf(others)], [['a'], []])
      void (await step(one, 'b')).end().catch(() => {})
      await until('it is told', () => told.length === 2)
      await two.scopes.open(Call, 'b')
      await pass(30_000)
      assert.deepEqual(idsOf(others), [], 'a handler at work was not waited for')
      one.faults.failing(true)
      await pass(35_000)
      assert.deepEqual(
        others.map(({ deliveryId }) => deliveryId),
        [told[1]?.deliveryId],
      )
    },
  },
  {
    name: 'handlers: an end waits for them while no process runs, and when its id has a new life',
    async run({ start, clock, until }) {
      const before = await start('before')
      for (const id of ['a', 'b']) await (await step(before, id)).end('logout')
      await step(before, 'b', 'again')
      await before.scopes.close()
      await clock.jump(6 * day)
      const after = await start('after', { reaper: true })
      const told = toldTo(after)
      // The new life is over by now, too.
      await until('all are told', () => told.length === 3)
      assert.deepEqual(told.map(({ key, detail, value }) => `${key.id} ${detail} ${value.steps.join()}`).toSorted(), [
        'a logout hello',
        'b logout hello',
        'b undefined again',
      ])
    },
  },
  {
    name: 'handlers: answers about an end and its delivery that are lost, before or after they were executed: it is told once',
    async run({ start, clock, store, pass }) {
      for (const fault of ['lose-before', 'lose-after', 'duplicate'] as const) {
        for (const request of [1, 2]) {
          const one = await start('one')
          const told = toldTo(one)
          const id = `${fault} ${request}`
          const call = await step(one, id)
          if (request === 2)
            one.faults.next({ operation: 'replace', key: `call:shop:${id}`, fault: 'delay', delayMs: 1 })
          one.faults.next({ operation: 'replace', key: `call:shop:${id}`, fault })
          await passing(clock, call.end())
          await pass(20_000)
          assert.deepEqual(idsOf(told), [id])
          assert.equal((await markerOf(store, id))?.delivery.type, 'delivered')
        }
      }
    },
  },
  {
    name: 'handlers: answers about each write of a rotation that are lost, before or after they were executed: one successor, and one end',
    async run({ start, clock, pass }) {
      const two = await start('two')
      for (const fault of ['lose-before', 'lose-after', 'duplicate'] as const) {
        for (const write of ['copy', 'marker', 'confirmation'] as const) {
          const one = await start('one')
          const told = toldTo(one)
          const id = `${fault} ${write}`
          const call = await step(one, id)
          const key = `call:shop:${id}`
          if (write === 'copy') one.faults.next({ operation: 'insert', fault })
          if (write === 'confirmation') one.faults.next({ operation: 'replace', key, fault: 'delay', delayMs: 1 })
          if (write !== 'copy') one.faults.next({ operation: 'replace', fault })
          const next = await passing(clock, call.rotate())
          await pass(2000)
          assert.deepEqual(
            told.map(ended => [ended.key.id, ended.reason]),
            [[id, 'rotated']],
          )
          assert.deepEqual((await two.scopes.open(Call, next.id)).value.steps, ['hello'])
          await next.end()
          assert.deepEqual(idsOf(told), [id, next.id].toSorted(), 'there is another successor')
        }
      }
    },
  },
  {
    name: 'handlers: a store that is down for 20 seconds while they work: they are told once, and the end is done with afterwards',
    async run({ start, pass, until, store }) {
      const one = await start('one')
      const told = toldTo(one, () => one.faults.failing(true))
      void (await step(one, 'a')).end().catch(() => {})
      await until('it is told', () => told.length === 1)
      await pass(20_000)
      one.faults.failing(false)
      await until('it is done with', async () => (await markerOf(store, 'a'))?.delivery.type === 'delivered')
      assert.deepEqual(idsOf(told), ['a'])
    },
  },
]
