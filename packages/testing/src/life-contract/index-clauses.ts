import assert from 'node:assert/strict'

import { type LifeClause, type LifeProcess, Visit, isAlive, met, passing, refusedAsEnded } from './life-clause.ts'

const ann = { index: 'user', value: 'ann' } as const

async function login({ scopes }: LifeProcess, id: string, user = 'ann'): Promise<void> {
  await (await scopes.open(Visit, id)).update(draft => void (draft.user = user))
}

/** The sessions of one user. */
export const indexClauses: readonly LifeClause[] = [
  {
    name: 'endAll ends every scope of the value on every node and no other, and a login after it lives',
    async run({ start }) {
      const [one, two] = [await start('one'), await start('two')]
      for (const id of ['a', 'b']) await login(one, id)
      await login(two, 'c')
      await login(two, 'other', 'ben')
      const held = await one.scopes.open(Visit, 'c')
      assert.equal(await two.scopes.endAll(Visit, { ...ann, detail: 'everywhere' }), 3)
      await refusedAsEnded(
        held.update(draft => void draft.pages++),
        'ended',
      )
      for (const id of ['a', 'b', 'c']) assert.equal(await isAlive(one, id), false, `${id} is alive`)
      assert.equal(await isAlive(one, 'other'), true, 'a scope of another value has ended')
      await login(one, 'd')
      assert.equal(await isAlive(two, 'd'), true)
      assert.equal(await two.scopes.endAll(Visit, ann), 1)
    },
  },
  {
    name: 'endAll spares the exception, and what a rotation makes of it',
    async run({ start }) {
      const [one, two] = [await start('one'), await start('two')]
      for (const id of ['a', 'b']) await login(one, id)
      const mine = await two.scopes.open(Visit, 'a')
      const next = await mine.rotate()
      assert.equal(await one.scopes.endAll(Visit, { ...ann, except: mine }), 1)
      assert.equal(await isAlive(two, next.id), true)
    },
  },
  {
    name: 'a login that is under way when endAll comes is refused, whether it creates its scope or has one',
    async run({ start, clock }) {
      for (const before of ['new', 'there']) {
        const [one, two] = [await start('one'), await start('two')]
        if (before === 'there') await (await two.scopes.open(Visit, before)).update(draft => void draft.pages++)
        const visit = await one.scopes.open(Visit, before)
        const operation = before === 'new' ? 'insert' : 'append'
        one.faults.next({ operation, key: `visit:shop:${before}`, fault: 'delay', delayMs: 100 })
        const arrived = one.faults.injected.length
        const logging = visit.update(draft => void (draft.user = 'ann'))
        logging.catch(() => {})
        await met(one, arrived)
        await two.scopes.endAll(Visit, ann)
        await refusedAsEnded(passing(clock, logging), 'ended')
        assert.equal(await isAlive(two, before), false)
      }
    },
  },
  {
    name: 'a rotation that is under way when endAll comes leaves neither id alive',
    async run({ start, clock, store }) {
      const [one, two] = [await start('one'), await start('two')]
      await login(one, 'a')
      const visit = await one.scopes.open(Visit, 'a')
      one.faults.next({ operation: 'replace', key: 'visit:shop:a', fault: 'delay', delayMs: 100 })
      const rotating = visit.rotate()
      rotating.catch(() => {})
      await met(one, 0)
      await two.scopes.endAll(Visit, ann)
      await refusedAsEnded(passing(clock, rotating), 'ended')
      assert.equal(await store.load('index:shop:user:ann'), undefined)
      assert.equal(await isAlive(two, 'a'), false)
    },
  },
  {
    name: 'answers about an index that are lost, before or after they were executed, lose no scope and leave nobody behind',
    async run({ start, pass, store }) {
      const two = await start('two')
      for (const fault of ['lose-before', 'lose-after'] as const) {
        const one = await start('one')
        const lose = (operation: 'insert' | 'remove'): void =>
          one.faults.next({ operation, key: 'index:shop:user:ann', fault })
        lose('insert')
        await passing({ advance: pass }, login(one, fault))
        assert.equal(await isAlive(two, fault), true)
        lose('remove')
        assert.equal(await passing({ advance: pass }, one.scopes.endAll(Visit, ann)), 1)
        assert.equal(await store.load('index:shop:user:ann'), undefined)
      }
    },
  },
]
