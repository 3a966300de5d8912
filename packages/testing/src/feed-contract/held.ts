import assert from 'node:assert/strict'

import { compareTokens, type DocumentStore, type FeedMessage, type HeldKeys, type StoreToken } from '@scopes/core'

import type { Clause, ClauseContext } from '../contract/clause.ts'
import { bytesOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import { type FeedReader, readFromNow } from './feed-reader.ts'

const [mine, other] = ['session:shop:mine', 'session:shop:other']

/** A feed that brings no more than its reader holds. */
export const heldClauses: readonly Clause[] = heldClause({
  'held: what nobody holds is not told': async ({ reader, store, held }) => {
    held.set(mine, undefined)
    expectDone(await store.insert(other, bytesOf('a')))
    expectDone(await store.insert(mine, bytesOf('b')))
    assert.deepEqual(keysOf(await reader.catchUp()), [mine])
  },
  'held: what becomes held is told as it is then, and what is held no more is not told': async ({
    reader,
    store,
    held,
  }) => {
    const first = expectDone(await store.insert(mine, bytesOf('a')))
    const token = expectDone(await store.append(mine, bytesOf('b'), first))
    assert.deepEqual(keysOf(await reader.catchUp()), [])
    held.set(mine, undefined)
    const [told] = (await reader.catchUp()).filter(({ type }) => type === 'document')
    assert.ok(told?.type === 'document', 'what became held was not told')
    assert.equal(told.token, token)
    assert.deepEqual(Buffer.from(told.bytes ?? []).toString(), 'ab')
    held.delete(mine)
    expectDone(await store.append(mine, bytesOf('c'), token))
    assert.deepEqual(keysOf(await reader.catchUp()), [])
  },
  'held: of what its reader knows already, and has not changed, nothing is told': async ({ reader, store, held }) => {
    await reader.catchUp()
    held.set(mine, expectDone(await store.insert(mine, bytesOf('a'))))
    await reader.catchUp()
    const before = reader.messages.length
    await reader.catchUp()
    assert.deepEqual(keysOf(reader.messages.slice(before)), [])
  },
  'held: a removal is told once, with a token after that of the document and before that of a later one': async ({
    reader,
    store,
    held,
  }) => {
    const token = expectDone(await store.insert(mine, bytesOf('a')))
    held.set(mine, token)
    await reader.catchUp()
    expectDone(await store.remove(mine, token))
    const [removed, ...more] = (await reader.catchUp()).filter(({ type }) => type === 'removed')
    assert.ok(removed?.type === 'removed', 'the removal was not told')
    assert.deepEqual([removed.key, more.length], [mine, 0])
    held.set(mine, removed.token)
    assert.deepEqual(keysOf(await reader.catchUp()), [], 'a removal was told twice')
    const later = expectDone(await store.insert(mine, bytesOf('b')))
    assert.ok(compareTokens(token, removed.token) < 0, 'the removal has no greater token than the document')
    assert.ok(compareTokens(removed.token, later) <= 0, 'the removal has a greater token than the later document')
    assert.deepEqual(keysOf(await reader.catchUp()), [mine])
  },
})

/** What a clause works with: nothing is held but what it says. */
interface Holding {
  readonly reader: FeedReader
  readonly store: DocumentStore
  readonly held: Map<string, StoreToken | undefined>
}

function heldClause(runs: Readonly<Record<string, (holding: Holding) => Promise<void>>>): readonly Clause[] {
  return Object.entries(runs).map(([name, run]) => ({
    name,
    appliesTo: ({ coverage }) => coverage === 'held',
    run: async (context: ClauseContext) => {
      const store = await context.openStore()
      const held: Holding['held'] = new Map()
      const keys: HeldKeys = { keys: () => [...held.keys()], tokenOf: key => held.get(key) }
      await run({ store, held, reader: await readFromNow(context, store, { held: keys }) })
    },
  }))
}

/** The keys that the messages are about, in order. */
function keysOf(messages: readonly FeedMessage[]): readonly string[] {
  return messages.flatMap(message => ('key' in message ? [message.key] : []))
}
