import assert from 'node:assert/strict'

import {
  compareTokens,
  decodeDocument,
  InvalidArgumentError,
  type FeedToken,
  type KeyMessage,
  type Replication,
  type ScopeCache,
  type ScopeCopy,
  type StoredDocument,
  type StoreToken,
} from '@scopes/core'

import { type ReplicaClause, type ReplicaClauseContext, sessionKey } from './replica-clause.ts'

const key = sessionKey('1')
const nowhere = 'a token' as FeedToken

/** A cache by itself: what `ScopeCache` and `Replication` promise. It may always have nothing. */
export const cacheClauses: readonly ReplicaClause[] = [
  {
    name: 'cache: what was set is there as it was, until another is',
    run: async context => {
      const { cache } = attached(context)
      const [first, second] = await twoOf(context)
      cache.set(key, copyOf(first))
      expectAtLeast(cache, first)
      cache.set(key, copyOf(second))
      expectAtLeast(cache, second)
    },
  },
  {
    name: 'cache: what was deleted is not there',
    run: async context => {
      const { cache } = attached(context)
      const [first] = await twoOf(context)
      cache.set(key, copyOf(first))
      cache.delete(key, first.token)
      assert.equal(cache.get(key), undefined)
    },
  },
  {
    name: 'cache: a message replaces what is older',
    run: async context => {
      const { cache, replication } = attached(context)
      const [first, second] = await twoOf(context)
      cache.set(key, copyOf(first))
      replication.receive(documentMessage(second))
      expectAtLeast(cache, second)
    },
  },
  {
    name: 'cache: a message that is older changes nothing (token-order)',
    run: async context => {
      const { cache, replication } = attached(context)
      const [first, second] = await twoOf(context)
      replication.receive(documentMessage(second))
      replication.receive(documentMessage(first))
      expectAtLeast(cache, second)
    },
  },
  {
    name: 'cache: of a scope that was removed nothing is there, and what is older does not come back (removed-token)',
    run: async context => {
      const { cache, replication } = attached(context)
      const [first, second] = await twoOf(context)
      replication.receive(documentMessage(first))
      replication.receive({ ...common(0), type: 'removed', token: second.token, reason: 'deleted' })
      assert.equal(cache.get(key), undefined)
      replication.receive(documentMessage(first))
      assert.equal(cache.get(key), undefined)
    },
  },
  {
    name: 'cache: a change that is only announced leaves nothing that is older',
    run: async context => {
      const { cache, replication } = attached(context)
      const [first, second] = await twoOf(context)
      cache.set(key, copyOf(first))
      replication.receive({ ...documentMessage(second), bytes: undefined })
      assert.equal(cache.get(key), undefined)
    },
  },
  {
    name: 'cache: of a partition that is distrusted nothing is there, whoever brought it (re-read)',
    run: async context => {
      const { cache, replication } = attached(context)
      const [first] = await twoOf(context)
      replication.receive(documentMessage(first))
      cache.set(sessionKey('2'), copyOf(await context.hit('2'), '2'))
      replication.distrust(0)
      assert.equal(cache.get(key), undefined)
      assert.equal(cache.get(sessionKey('2')), undefined)
    },
  },
  {
    name: 'cache: when the feed begins anew nothing of before is there (slot)',
    run: async context => {
      const { cache, replication } = attached(context)
      const [first] = await twoOf(context)
      cache.set(key, copyOf(first))
      replication.begin()
      assert.equal(cache.get(key), undefined)
    },
  },
  {
    name: 'cache: it belongs to one, and after clear to another, who finds nothing',
    run: async context => {
      const { cache, replication } = attached(context)
      assert.throws(() => replication.attach(), InvalidArgumentError)
      const [first] = await twoOf(context)
      cache.set(key, copyOf(first))
      cache.clear()
      replication.attach()
      assert.equal(cache.get(key), undefined)
    },
  },
]

function attached({ cache: create }: ReplicaClauseContext): {
  readonly cache: ScopeCache
  readonly replication: Replication
} {
  const cache = create()
  const replication = cache.replication ?? assert.fail('the cache is not fed')
  replication.attach()
  replication.begin()
  return { cache, replication }
}

async function twoOf({ hit }: ReplicaClauseContext): Promise<[first: StoredDocument, second: StoredDocument]> {
  return [await hit('1'), await hit('1')]
}

function copyOf({ bytes, token }: StoredDocument, id: string = '1'): ScopeCopy {
  return { document: decodeDocument(bytes, { key: sessionKey(id) }), token, bytes }
}

function common(partition: number): Omit<Extract<KeyMessage, { type: 'removed' }>, 'type' | 'token' | 'reason'> {
  return { key, partition, feedToken: nowhere }
}

function documentMessage({ bytes, token }: StoredDocument): Extract<KeyMessage, { type: 'document' }> {
  return { ...common(0), type: 'document', bytes, token }
}

function expectAtLeast(cache: ScopeCache, { bytes, token }: StoredDocument): void {
  const copy = cache.get(key)
  if (copy === undefined) return
  assert.ok(compareTokens(copy.token, token) >= 0, `it has ${nameOf(copy.token)}, and ${nameOf(token)} was told`)
  assert.equal(copy.document.commitId, decodeDocument(bytes, { key }).commitId)
}

function nameOf(token: StoreToken): string {
  return String(token)
}
