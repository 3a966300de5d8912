import assert from 'node:assert/strict'

import { hold, isFree, type HeldBody, type LeaseClause, type LeaseProcess } from './lease-clause.ts'

const name = 'till'

/** Who holds a lock. */
export const exclusionClauses: readonly LeaseClause[] = [
  {
    name: 'exclusive: one holder at a time over all processes, first come, first served',
    run: async ({ start, until }) => {
      const processes = [await start('A'), await start('B'), await start('C')]
      const bodies: HeldBody[] = []
      for (const [index, process] of processes.entries()) {
        const before = process.lockRequests
        bodies.push(hold(process, { name }))
        if (index === 0) await until('the first holds the lock', () => bodies[0]?.isInside === true)
        // Asked, looked, and in line.
        else await until('the next stands in line', () => process.lockRequests >= before + 3)
      }
      for (const body of bodies) {
        await until('the next holds the lock', () => bodies.some(({ isInside }) => isInside))
        assert.deepEqual(
          bodies.filter(({ isInside }) => isInside).map(other => bodies.indexOf(other)),
          [bodies.indexOf(body)],
        )
        await body.leave()
        await passAll(processes, 1000)
      }
    },
  },
  {
    name: 'readonly: readers hold it together, and no writer meanwhile',
    run: async ({ start, until }) => {
      const [one, other] = [await start('A'), await start('B')]
      const readers = [one, one, other].map(process => hold(process, { name, type: 'readonly' }))
      await until('all readers hold the lock', () => readers.every(({ isInside }) => isInside))
      assert.equal(await isFree(other, { name }), false, 'a writer gets in beside readers')
      for (const reader of readers) await reader.leave()
      const writer = hold(one, { name })
      await until('the writer holds the lock', () => writer.isInside)
      assert.equal(await isFree(other, { name, type: 'readonly' }), false, 'a reader gets in beside a writer')
      await writer.leave()
    },
  },
  {
    name: 'readonly: a reader does not go past a writer who stands in line',
    run: async ({ start, until }) => {
      const [one, other] = [await start('A'), await start('B')]
      const reader = hold(one, { name, type: 'readonly' })
      await until('the reader holds the lock', () => reader.isInside)
      const before = other.lockRequests
      const writer = hold(other, { name })
      await until('the writer stands in line', () => other.lockRequests >= before + 3)
      assert.equal(await isFree(one, { name, type: 'readonly' }), false, 'a reader goes past a writer')
      await reader.leave()
      await passAll([other], 1000)
      assert.equal(writer.isInside, true, 'the writer has not come')
      await writer.leave()
    },
  },
  {
    name: 'amount: so many hold it at once, and no more',
    run: async ({ start, until }) => {
      const [one, other] = [await start('A'), await start('B')]
      const bodies = [hold(one, { name, amount: 3 }), hold(other, { name, amount: 3 }), hold(one, { name, amount: 3 })]
      await until('three hold it', () => bodies.every(({ isInside }) => isInside))
      assert.equal(await isFree(other, { name, amount: 3 }), false, 'a fourth gets in')
      await bodies[1]?.leave()
      assert.equal(await isFree(other, { name, amount: 3 }), true, 'a free place is not given')
      for (const body of bodies) await body.leave()
    },
  },
  {
    name: 'name: case and space around do not count, and one name is one lock in all applications',
    run: async ({ start, until }) => {
      const [shop, forum] = [await start('A'), await start('B', { application: 'forum' })]
      const body = hold(shop, { name: ' Mail' })
      await until('it holds the lock', () => body.isInside)
      assert.equal(await isFree(forum, { name: 'MAIL ' }), false, 'the same name is another lock')
      assert.equal(await isFree(forum, { name: 'mails' }), true, 'another name is the same lock')
      await body.leave()
    },
  },
  {
    name: 'scope: each scope has a lock of its own',
    run: async ({ start, until, Till }) => {
      const [one, other] = [await start('A'), await start('B')]
      const body = hold(one, { scope: await one.scopes.open(Till, '1') })
      await until('it holds the lock', () => body.isInside)
      assert.equal(await isFree(other, { scope: await other.scopes.open(Till, '1') }), false)
      assert.equal(await isFree(other, { scope: await other.scopes.open(Till, '2') }), true)
      await body.leave()
    },
  },
  {
    name: 'time-out: who waits too long is told what, how long and who, and leaves nothing in line',
    run: async ({ start, until, store }) => {
      const [one, other] = [await start('A'), await start('B')]
      const body = hold(one, { name })
      await until('it holds the lock', () => body.isInside)
      const late = hold(other, { name, timeoutMs: 500 })
      await passAll([other], 1000)
      const error = await late.leave()
      assert.ok(error instanceof Error && 'code' in error, 'it was not told')
      assert.deepEqual(
        [error.code, 'holders' in error && error.holders, 'timeoutMs' in error && error.timeoutMs],
        ['lock-timeout', ['A'], 500],
      )
      await body.leave()
      await passAll([other], 1000)
      assert.equal(await store.load('lock:n:till'), undefined, 'something is left')
    },
  },
  {
    name: 'time-out: with throwOnTimeout false the body is left out',
    run: async ({ start, until }) => {
      const [one, other] = [await start('A'), await start('B')]
      const body = hold(one, { name })
      await until('it holds the lock', () => body.isInside)
      const outcome = await other.scopes
        .lock({ name, timeoutMs: 0, throwOnTimeout: false }, () => 'ran')
        .catch((error: unknown) => error)
      assert.equal(outcome, undefined)
      await body.leave()
    },
  },
  {
    name: 're-entrant: the owner enters again, and others are kept out until the outermost body has ended',
    run: async ({ start }) => {
      const [one, other] = [await start('A'), await start('B')]
      const inner = await one.scopes
        .lock({ name }, async () => {
          await one.scopes.lock({ name, timeoutMs: 0 }, () => {})
          return isFree(other, { name })
        })
        .catch((error: unknown) => error)
      assert.equal(inner, false)
      assert.equal(await isFree(other, { name }), true)
    },
  },
  {
    name: 'upgrade: readonly does not become exclusive, which is said at once',
    run: async ({ start }) => {
      const one = await start('A')
      const outcome = await one.scopes.lock({ name, type: 'readonly' }, () =>
        one.scopes.lock({ name, timeoutMs: 0 }, () => 'entered').catch((error: { code?: unknown }) => error.code),
      )
      assert.equal(outcome, 'lock-upgrade')
    },
  },
  {
    name: 'cost: lock and unlock are two requests when nobody else wants it',
    run: async ({ start }) => {
      const [one, other] = [await start('A'), await start('B')]
      await other.scopes.lock({ name }, () => {})
      await one.scopes.lock({ name }, () => {})
      assert.equal(one.lockRequests, 2)
    },
  },
  {
    name: 'changes: locks are no scopes, and nothing is told of them',
    run: async ({ start, until, Till }) => {
      const one = await start('A')
      const told: string[] = []
      const watching = one.scopes.changes().subscribe(change => {
        told.push('key' in change ? change.key.kind : change.type)
      })
      await until('the changes have begun', () => told.includes('caught-up'))
      await one.scopes.lock({ name }, () => {})
      const till = await one.scopes.open(Till, 'last')
      await till.update(draft => void draft.count++)
      await until('the last change is told', () => told.includes('till'))
      watching.unsubscribe()
      assert.deepEqual(
        told.filter(kind => kind !== 'caught-up'),
        ['till'],
      )
    },
  },
]

async function passAll(processes: readonly LeaseProcess[], ms: number): Promise<void> {
  for (const process of processes) await process.pass(ms)
}
