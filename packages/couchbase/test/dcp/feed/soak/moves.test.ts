import { type CouchbaseServer, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { couchbaseStore } from '../../../../src/couchbase-store.ts'
import { bucketName, optionsFor } from '../../../server-place.ts'
import { Follower, storedPicture } from './follower.ts'
import { soakName, soakRandom, soakSize } from './soak-settings.ts'
import { Writer, keysFor } from './writer.ts'

const nodes = 3
const vbuckets = 12

describe(`vbuckets of three nodes while documents are written (${soakName})`, () => {
  const keys = keysFor(24)
  let server: CouchbaseServer
  let store: ReturnType<typeof couchbaseStore>
  beforeEach(async () => {
    server = await startCouchbaseServer({ nodes, buckets: [{ name: bucketName, vbuckets }] })
    store = couchbaseStore(optionsFor(server))
  })
  afterEach(async () => {
    await store.close()
    await server.close()
  })

  test('move from node to node: nothing is missed, and nothing older comes after something newer', async () => {
    const random = soakRandom(3)
    const bucket = server.bucket(bucketName)
    const writer = new Writer(store, random)
    const follower = Follower.from(store, 'now')
    await follower.catchUp()
    for (let round = 0; round < 8 * soakSize; round++) {
      for (let moved = 0; moved < 3; moved++) {
        const vbucket = random.below(vbuckets)
        await Promise.all(Array.from({ length: 8 }, (_, lane) => writer.write(random.pick(laneOf(lane)))))
        bucket.moveVbucket(vbucket, random.below(nodes))
      }
      if (random.chance(0.3)) await server.disconnectAll()
      if (random.chance(0.5)) await follower.catchUp()
    }
    await follower.catchUp()
    expect(follower.picture).toEqual(await storedPicture(store, keys))
    expect(follower.disorder).toEqual([])
    expect(follower.rolledBack).toEqual([])
    follower.kill()
  })

  test('fail over and lose writes: who saw a lost one is told, and all end with what the store has', async () => {
    const random = soakRandom(4)
    const bucket = server.bucket(bucketName)
    const writer = new Writer(store, random)
    const follower = Follower.from(store, 'beginning')
    for (const key of keys) await writer.write(key)
    await follower.catchUp()
    let lost = 0
    for (let round = 0; round < 6 * soakSize; round++) {
      bucket.stopPersistence()
      const before = highSeqnos()
      for (let count = 0; count < 10; count++) await writer.write(random.pick(keys))
      const hasSeen = random.chance(0.7)
      if (hasSeen) await follower.catchUp()
      const told = follower.rolledBack.length
      const written = highSeqnos().flatMap((seqno, vbucket) => (seqno > (before[vbucket] ?? 0n) ? [vbucket] : []))
      const failing = written.filter(() => random.chance(0.5))
      for (const vbucket of failing) bucket.failover(vbucket, { node: random.below(nodes) })
      bucket.startPersistence()
      await writer.lookAgain(keys)
      for (let count = 0; count < 5; count++) await writer.write(random.pick(keys))
      await follower.catchUp()
      expect(follower.picture).toEqual(await storedPicture(store, keys))
      if (!hasSeen) continue
      lost += failing.length
      expect(new Set(follower.rolledBack.slice(told))).toEqual(new Set(failing))
    }
    expect(lost).toBeGreaterThan(0)
    follower.kill()
  })

  function highSeqnos(): readonly bigint[] {
    return Array.from({ length: vbuckets }, (_, vbucket) => server.bucket(bucketName).seqnos(vbucket).high)
  }

  /** Keys that nobody else writes to at the same time. */
  function laneOf(lane: number): readonly string[] {
    return keys.filter((_, index) => index % 8 === lane)
  }
})
