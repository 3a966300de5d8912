import { type Scope, type Scopes, defineScope, openScopes } from '@scopes/core'
import { type CouchbaseServer, OPCODE, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { describe, expect, onTestFinished, test } from 'vitest'

import { couchbaseStore } from '../src/couchbase-store.ts'
import { bucketName, optionsFor } from './server-place.ts'

interface Cart {
  items: { sku: string; name: string; quantity: number; price: number }[]
}

/** 8 KB of JSON. */
const items = Array.from({ length: 130 }, (_, index) => ({
  sku: `sku-${index}`,
  name: `article ${index}`,
  quantity: 1,
  price: index + 0.5,
}))

const Session = defineScope({ kind: 'session', initial: (): Cart => ({ items: [] }), idle: '30m' })
/** Requests that are about documents; the SDK asks for the configuration now and then, beside them. */
const documentRequests: readonly number[] = [OPCODE.get, OPCODE.add, OPCODE.append, OPCODE.replace, OPCODE.delete]

async function openSession(): Promise<{
  readonly server: CouchbaseServer
  readonly scopes: Scopes
  readonly session: Scope<Cart>
}> {
  const server = await startCouchbaseServer({ buckets: [{ name: bucketName }] })
  const scopes = await openScopes({
    application: 'shop',
    openTimeoutMs: 60_000,
    store: couchbaseStore(optionsFor(server)),
    reaper: false,
  })
  onTestFinished(async () => {
    await scopes.close()
    await server.close()
  })
  const session = await scopes.open(Session, 'visitor')
  await session.update(draft => void (draft.items = items))
  return { server, scopes, session }
}

async function addOne(session: Scope<Cart>): Promise<void> {
  await session.update(({ items: [, , , item] }) => {
    if (item) item.quantity++
  })
}

/** What `work` asked for of documents, by number of the operation, and all bytes that the server got meanwhile. */
async function traffic(
  { traffic: counted }: CouchbaseServer,
  work: () => Promise<unknown>,
): Promise<{ readonly requests: readonly number[]; readonly others: number; readonly bytes: number }> {
  counted.reset()
  await work()
  const all = [...counted.requests].flatMap(([opcode, count]) => Array.from({ length: count }, () => opcode))
  const requests = all.filter(opcode => documentRequests.includes(opcode))
  return { requests, others: all.length - requests.length, bytes: counted.bytesReceived }
}

describe('round trips, counted by the server', () => {
  test('an opening is one, a commit is one, by a recipe or a draft; a compaction too', async () => {
    const { server, scopes, session } = await openSession()
    expect((await traffic(server, () => scopes.open(Session, 'visitor'))).requests).toEqual([OPCODE.get])
    expect((await traffic(server, () => scopes.open(Session, 'stranger'))).requests).toEqual([OPCODE.get])
    const draft = session.draft()
    draft.value.items.length = 100
    expect((await traffic(server, () => draft.commit())).requests).toEqual([OPCODE.append])
    const counts = { append: 0, replace: 0 }
    for (let commit = 0; commit < 130; commit++) {
      const { requests } = await traffic(server, () => addOne(session))
      expect(requests).toHaveLength(1)
      counts[requests[0] === OPCODE.append ? 'append' : 'replace']++
    }
    expect(counts.append).toBeGreaterThan(120)
    expect(counts.replace).toBeGreaterThan(0)
  })

  test('an end is one, a rotation is three', async () => {
    const { server, session } = await openSession()
    let next = session
    const rotation = await traffic(server, async () => {
      next = await session.rotate()
    })
    expect(rotation.requests).toHaveLength(3)
    expect((await traffic(server, () => next.end('logout'))).requests).toEqual([OPCODE.replace])
  })
})

test('a commit that changes one field of an 8 KB session sends under 300 bytes, counted on the socket', async () => {
  const { server, session } = await openSession()
  expect(JSON.stringify(session.value).length).toBeGreaterThan(8000)
  const appends: number[] = []
  for (let commit = 0; commit < 200; commit++) {
    const { requests, others, bytes } = await traffic(server, () => addOne(session))
    if (requests[0] === OPCODE.append && others === 0) appends.push(bytes)
  }
  expect(appends.length).toBeGreaterThan(150)
  expect(Math.max(...appends)).toBeLessThan(300)
})
