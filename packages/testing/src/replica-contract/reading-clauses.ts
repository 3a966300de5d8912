import assert from 'node:assert/strict'

import { type ReplicaClause, type ReplicaClauseContext, type ReplicaReader, sessionKey } from './replica-clause.ts'

/** Processes that read from memory what others write. */
export const readingClauses: readonly ReplicaClause[] = [
  {
    name: 'reading: what was stored before is read from memory: the store is not asked',
    run: async context => {
      await context.hit('1')
      await context.hit('2')
      const reader = await context.openReader()
      await expectHits(context, reader, { 1: 1, 2: 1 })
      assert.equal(reader.loads, 0)
    },
  },
  {
    name: 'reading: what others create and commit is read from memory: the store is not asked',
    run: async context => {
      await context.hit('1')
      const reader = await context.openReader()
      for (let commit = 0; commit < 100; commit++) await context.hit('1')
      await context.hit('2')
      await reader.settle()
      await expectHits(context, reader, { 1: 101, 2: 1 })
      assert.equal(reader.loads, 0)
    },
  },
  {
    name: 'reading: a scope that others have ended or removed is not shown alive',
    run: async context => {
      const { Session, writer, store, hit } = context
      await hit('1')
      const removed = await hit('2')
      const reader = await context.openReader()
      await (await writer.open(Session, '1')).end('logout')
      await store.remove(sessionKey('2'), removed.token)
      await reader.settle()
      assert.equal((await reader.scopes.open(Session, '1')).ended?.detail, 'logout')
      assert.equal(reader.loads, 0)
      assert.equal((await reader.scopes.open(Session, '2')).isStored, false)
    },
  },
  {
    name: 'feed: repeated, older or out of order among scopes, it ends with what is stored',
    run: async context => {
      const ids = ['1', '2', '3', '4']
      const reader = await context.openReader()
      for (let round = 0; round < 20; round++) {
        for (const fault of ['duplicate', 'older-again', 'swap-keys'] as const) reader.faults.nextMessage({ fault })
        for (const id of ids) await context.hit(id)
      }
      await reader.settle()
      await expectHits(context, reader, { 1: 20, 2: 20, 3: 20, 4: 20 })
    },
  },
  {
    name: 'rolled-back: what the store has lost is not shown any more, though no message names the scope (re-read)',
    run: async context => {
      const { store, hit } = context
      const before = await hit('1')
      const reader = await context.openReader()
      const after = await hit('1')
      await reader.settle()
      // As after a failover: the document is as it was, and no message says so.
      reader.faults.nextMessage({ fault: 'drop', key: sessionKey('1') })
      await store.replace(sessionKey('1'), before.bytes, after.token)
      await reader.settle()
      reader.faults.nextMessage({ fault: 'drop', key: sessionKey('1') })
      reader.faults.rollBackFeed()
      await reader.settle()
      assert.ok(reader.faults.injected.some(({ fault }) => fault === 'drop'))
      await expectHits(context, reader, { 1: 1 })
    },
  },
  {
    name: 'lost: what was removed in the lost part of the log is not shown alive',
    run: async context => {
      const { Session, store, hit } = context
      const gone = await hit('1')
      await hit('2')
      const reader = await context.openReader()
      reader.faults.nextMessage({ fault: 'drop', key: sessionKey('1') })
      await store.remove(sessionKey('1'), gone.token)
      await reader.settle()
      reader.faults.loseFeed()
      await reader.settle()
      assert.equal((await reader.scopes.open(Session, '1')).isStored, false)
      await expectHits(context, reader, { 2: 1 })
    },
  },
  {
    name: 'failing: a feed that fails goes on where it was, and nothing is missed',
    run: async context => {
      await context.hit('1')
      const reader = await context.openReader()
      reader.faults.nextMessage({ fault: 'fail' })
      await context.hit('1')
      await context.hit('2')
      await reader.settle()
      await expectHits(context, reader, { 1: 2, 2: 1 })
    },
  },
]

async function expectHits(
  { Session }: ReplicaClauseContext,
  { scopes }: ReplicaReader,
  expected: Readonly<Record<string, number>>,
): Promise<void> {
  const shown = Object.keys(expected).map(async id => [id, (await scopes.open(Session, id)).value.hits] as const)
  assert.deepEqual(Object.fromEntries(await Promise.all(shown)), expected)
}
