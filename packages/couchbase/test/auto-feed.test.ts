import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { getEventListeners } from 'node:events'

import { type FeedMessage, type FeedOptions, type StoreToken, defineScope, openScopes } from '@scopes/core'
import { type CouchbaseServer, OPCODE, type User, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { expect, onTestFinished, test } from 'vitest'

import { type CouchbaseStore, couchbaseStore } from '../src/couchbase-store.ts'
import { type FeedTroubleMessage, diagnostics } from '../src/diagnostics.ts'
import type { CouchbaseStoreOptions } from '../src/options.ts'
import { bucketName, optionsFor } from './server-place.ts'

const Session = defineScope({ kind: 'session', initial: () => ({ hits: 0 }) })
const key = 'session:shop:1'

/** Has every right but that to follow all changes. */
const writer: User = { name: 'writer', password: 'word', buckets: { '*': ['Read', 'Insert', 'Upsert', 'Delete'] } }
const administrator: User = { name: 'Administrator', password: 'password' }

async function server(): Promise<CouchbaseServer> {
  const started = await startCouchbaseServer({
    users: [administrator, writer],
    buckets: [{ name: bucketName, vbuckets: 4 }],
  })
  onTestFinished(() => started.close())
  return started
}

/** A store whose feed chooses by itself, opened as this user. */
function storeOf(at: CouchbaseServer, user: User, options: Partial<CouchbaseStoreOptions> = {}): CouchbaseStore {
  const { name: username, password } = user
  const login = { username, password, feed: 'auto', polling: { intervalMs: 5 } } as const
  const store = couchbaseStore({ ...optionsFor(at), ...login, ...options })
  onTestFinished(() => store.close())
  return store
}

/** What is told on the channel of the feed during the test. */
function told(): readonly FeedTroubleMessage[] {
  const messages: FeedTroubleMessage[] = []
  const note = (message: unknown): void => void messages.push(message as FeedTroubleMessage)
  subscribe(diagnostics.feed.name, note)
  onTestFinished(() => void unsubscribe(diagnostics.feed.name, note))
  return messages
}

/** What comes until all partitions have caught up. */
async function backlog(store: CouchbaseStore, options: FeedOptions): Promise<readonly FeedMessage[]> {
  const messages: FeedMessage[] = []
  const caughtUp = new Set<number>()
  const tokens = new Map<string, StoreToken | undefined>([[key, undefined]])
  const held = { keys: () => tokens.keys(), tokenOf: (name: string) => tokens.get(name) }
  for await (const message of store.feed?.open({ held, ...options }) ?? []) {
    messages.push(message)
    if (message.type === 'caught-up' && caughtUp.add(message.partition).size === store.feed?.partitions) break
  }
  return messages
}

const kinds = (messages: readonly FeedMessage[]): readonly string[] => [...new Set(messages.map(({ type }) => type))]

test('who may not follow all changes polls what he holds, is told why, and sees what others write', async () => {
  const at = await server()
  const messages = told()
  const reader = await openScopes({ application: 'shop', openTimeoutMs: 60_000, store: storeOf(at, writer) })
  const other = await openScopes({ application: 'shop', openTimeoutMs: 60_000, store: storeOf(at, administrator) })
  const session = await reader.open(Session, '1')
  const seen = new Promise<number>(resolve => {
    session.value$.subscribe(({ hits }) => hits > 0 && resolve(hits))
  })
  await (await other.open(Session, '1')).update(draft => void draft.hits++)
  await expect(seen).resolves.toBe(1)
  const polling = messages.filter(({ type }) => type === 'polling')
  expect(polling).toHaveLength(1)
  expect(polling[0]).toMatchObject({ error: { code: 'store-unavailable', cause: { reason: 'no-access' } } })
  await reader.close()
  await other.close()
})

test('what a feed covers is known with its first message', async () => {
  const at = await server()
  const [pushed, polled] = [storeOf(at, administrator), storeOf(at, writer)]
  expect(kinds(await backlog(pushed, {}))).toEqual(['caught-up'])
  expect(pushed.feed).toMatchObject({ coverage: 'all', partitions: 4 })
  expect(kinds(await backlog(polled, {}))).toEqual(['caught-up'])
  expect(polled.feed).toMatchObject({ coverage: 'held', partitions: 1 })
})

test('who comes with a token of the other feed is told that something is lost, then all there is', async () => {
  const at = await server()
  const [pushed, polled] = [storeOf(at, administrator), storeOf(at, writer)]
  await pushed.open()
  await pushed.insert(key, Buffer.from('1'))
  const [fromDcp, fromPolling] = [await backlog(pushed, {}), await backlog(polled, {})]
  expect(kinds(await backlog(polled, { since: fromDcp.at(-1)?.feedToken }))).toEqual(['lost', 'document', 'caught-up'])
  const again = await backlog(pushed, { since: fromPolling.at(-1)?.feedToken })
  expect(again.slice(0, 4).map(({ type, partition }) => [type, partition])).toEqual(
    [0, 1, 2, 3].map(partition => ['lost', partition]),
  )
  expect(kinds(again)).toEqual(['lost', 'document', 'caught-up'])
  const garbled = 'nonsense' as FeedMessage['feedToken']
  await expect(backlog(polled, { since: garbled })).rejects.toMatchObject({ code: 'invalid-argument' })
  await expect(backlog(storeOf(at, writer), { since: garbled })).rejects.toMatchObject({ code: 'invalid-argument' })
})

test('where nobody answers nothing is refused: the feed fails, and may push when the server is there', async () => {
  const at = await server()
  const messages = told()
  await at.close()
  const store = storeOf(at, administrator, { openTimeoutMs: 300 })
  const { signal } = new AbortController()
  await expect(backlog(store, { signal })).rejects.toMatchObject({ code: 'store-unavailable' })
  // Whoever tries again for hours does it with one signal.
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(messages.filter(({ type }) => type === 'polling')).toEqual([])
  expect(store.feed?.coverage).toBe('all')
})

test("with feed: 'polling' nothing is asked of DCP", async () => {
  const at = await server()
  const store = storeOf(at, writer, { feed: 'polling', dcp: undefined })
  await store.open()
  expect(store.feed?.coverage).toBe('held')
  expect(kinds(await backlog(store, { since: 'beginning' }))).toEqual(['caught-up'])
  expect(at.traffic.requests.get(OPCODE.dcpOpen)).toBeUndefined()
})
