import assert from 'node:assert/strict'

import {
  hold,
  leaseMs,
  type HeldBody,
  type LeaseClause,
  type LeaseClauseContext,
  type LeaseProcess,
} from './lease-clause.ts'

const name = 'till'

/** What a holder who was overtaken cannot do. */
export const writeClauses: readonly LeaseClause[] = [
  {
    name: 'fence: a holder who stood still, and his clock with him, writes nothing over what his successor has written',
    run: async context => {
      const { body, write, count } = await overtaken(context, 'update')
      await write()
      const outcome = await body.leave()
      assert.equal(codeOf(outcome), 'lock-lost')
      assert.equal(await count(), 2)
    },
  },
  {
    name: 'fence: nor does he end or rotate the scope',
    run: async context => {
      for (const act of ['end', 'rotate'] as const) {
        const { body, write, count } = await overtaken(context, act)
        await write()
        assert.equal(codeOf(await body.leave()), 'lock-lost')
        assert.equal(await count(), 2)
      }
    },
  },
  {
    name: 'fence: what readers write shuts out no reader',
    run: async ({ start, until, Till }) => {
      const [one, other] = [await start('A'), await start('B')]
      const add = async ({ scopes }: LeaseProcess): Promise<void> => {
        await (await scopes.open(Till, 'readers')).update(draft => void draft.count++)
      }
      const early = hold(one, { name, type: 'readonly' }, () => add(one))
      await until('the first reads', () => early.isInside)
      const late = hold(other, { name, type: 'readonly' }, () => add(other))
      await until('the second reads', () => late.isInside)
      assert.equal(await late.leave(), undefined)
      assert.equal(await early.leave(), undefined)
    },
  },
  {
    name: 'loss: who cannot renew is told by the signal before anybody else can have the lock, and begins no write then',
    run: async ({ start, until, Till }) => {
      const [one, other] = [await start('A'), await start('B')]
      const till = await one.scopes.open(Till, 'loss')
      await till.update(draft => void draft.count++)
      const body = hold(one, { name }, () => till.update(draft => void draft.count++))
      await until('it holds the lock', () => body.isInside)
      const waiting = hold(other, { name })
      one.faults.failing(true)
      await one.pass(leaseMs)
      assert.equal(waiting.isInside, false)
      assert.equal(codeOf(body.lock?.signal.reason), 'lock-lost', 'the signal says nothing')
      one.faults.failing(false)
      assert.equal(codeOf(await body.leave()), 'lock-lost', 'it wrote under a lost lock')
      await other.pass(2 * leaseMs)
      await waiting.leave()
    },
  },
  {
    name: 'settle: the lock is not given back before the writes of the body have landed',
    run: async ({ start, until, Till }) => {
      const [one, other] = [await start('A'), await start('B')]
      const till = await one.scopes.open(Till, 'settle')
      await till.update(draft => void draft.count++)
      let entered = 0
      const body = hold(one, { name }, () => {
        one.faults.next({ operation: 'append', fault: 'delay', delayMs: 2000 })
        // Begun, and not waited for by the body.
        void till.update(draft => void draft.count++)
      })
      await until('it holds the lock', () => body.isInside)
      const left = body.leave()
      const waiting = other.scopes.lock({ name, timeoutMs: 1_000_000, leaseMs }, async () => {
        const { value } = await other.scopes.open(Till, 'settle')
        entered = value.count
      })
      await other.pass(leaseMs / 3)
      assert.equal(entered, 0, 'the lock was given back while a write was under way')
      await one.pass(leaseMs)
      await left
      await other.pass(leaseMs / 3)
      await waiting
      assert.equal(entered, 2)
    },
  },
]

/** A holds the lock and stands still; B has waited for its lease and holds the lock. */
async function overtaken(
  { start, until, Till, store }: LeaseClauseContext,
  act: 'update' | 'end' | 'rotate',
): Promise<{
  /** Of A: it tries to act when it is let go. */
  readonly body: HeldBody
  /** B writes and gives the lock back. */
  readonly write: () => Promise<void>
  readonly count: () => Promise<number>
}> {
  const [one, other] = [await start('A'), await start('B')]
  const id = `overtaken-${act}`
  const till = await one.scopes.open(Till, id)
  await till.update(draft => void (draft.count = 1))
  const body = hold(one, { name: `${name} ${act}` }, async () => {
    if (act === 'update') await till.update(draft => void (draft.count += 100))
    else await till[act]()
  })
  await until('it holds the lock', () => body.isInside)
  const successor = hold(other, { name: `${name} ${act}` }, async () => {
    await (await other.scopes.open(Till, id)).update(draft => void draft.count++)
  })
  await other.pass(2 * leaseMs)
  assert.equal(successor.isInside, true, 'the lock was not taken over')
  assert.ok(store.capabilities)
  return {
    body,
    write: async () => {
      assert.equal(await successor.leave(), undefined)
    },
    count: async () => (await other.scopes.open(Till, id)).value.count,
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error
}
