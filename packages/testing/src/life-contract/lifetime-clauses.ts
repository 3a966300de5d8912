import assert from 'node:assert/strict'

import { type LifeClause, Visit, isAlive, passing, refusedAsEnded } from './life-clause.ts'

const day = 86_400_000

/** What one scope has for itself, and what a rotation takes along. */
export const lifetimeClauses: readonly LifeClause[] = [
  {
    name: 'a lifetime of its own: it lives beyond that of its kind and ends at its own, for every process, also beyond 24.8 and 30 days',
    async run({ start, clock }) {
      const [one, two] = [await start('one'), await start('two')]
      const visit = await one.scopes.open(Visit, 'v')
      await visit.update(draft => void draft.pages++)
      await visit.setLifetime({ idle: '60d', absolute: '400d' })
      await clock.jump(59 * day)
      assert.ok(await isAlive(two, 'v'), 'it is over before its time')
      await clock.jump(day + 2000)
      const late = await two.scopes.open(Visit, 'v')
      assert.equal(late.ended?.reason, 'expired')
      await refusedAsEnded(
        visit.update(draft => void draft.pages++),
        'expired',
      )
    },
  },
  {
    name: 'a lifetime of its own survives compactions, renewals and rotations',
    async run({ start, clock }) {
      const [one, two] = [await start('one'), await start('two')]
      const visit = await one.scopes.open(Visit, 'v')
      await visit.setLifetime({ idle: '60d', absolute: '400d' })
      for (let commit = 0; commit < 80; commit++) await visit.update(draft => void draft.pages++)
      await clock.jump(10 * day)
      assert.equal(await (await two.scopes.open(Visit, 'v')).touch(), true, 'its renewal is due')
      await clock.jump(55 * day)
      const next = await visit.rotate()
      await clock.jump(55 * day)
      const read = await two.scopes.open(Visit, next.id)
      assert.deepEqual([read.value.pages, read.lifetime.idleMs], [80, 60 * day])
    },
  },
  {
    name: 'a lifetime whose answer is lost, before or after it was executed, is set once',
    async run({ start, clock }) {
      for (const fault of ['lose-before', 'lose-after'] as const) {
        const [one, two] = [await start('one'), await start('two')]
        const visit = await one.scopes.open(Visit, fault)
        await visit.update(draft => void draft.pages++)
        one.faults.next({ operation: 'replace', fault })
        const setting = visit.setLifetime({ idle: '5h' })
        assert.equal((await passing(clock, setting)).version, 2)
        const read = await two.scopes.open(Visit, fault)
        assert.deepEqual([read.version, read.lifetime.idleMs], [2, 5 * 3_600_000])
      }
    },
  },
  {
    name: 'a rotation moves what its list keeps; the old id is useless for writing on every node',
    async run({ start }) {
      const [one, two] = [await start('one'), await start('two')]
      const visit = await one.scopes.open(Visit, 'v')
      await visit.update(draft => {
        draft.user = 'ann'
        draft.pages = 5
      })
      const elsewhere = await two.scopes.open(Visit, 'v')
      const next = await visit.rotate({ keep: ['user'] })
      assert.deepEqual((await two.scopes.open(Visit, next.id)).value, { user: 'ann', pages: 0 })
      await refusedAsEnded(
        elsewhere.update(draft => void draft.pages++),
        'rotated',
      )
      assert.equal(await isAlive(two, 'v'), false)
    },
  },
]
