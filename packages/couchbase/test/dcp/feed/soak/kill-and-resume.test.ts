import { setImmediate } from 'node:timers/promises'

import { type CouchbaseServer, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { couchbaseStore } from '../../../../src/couchbase-store.ts'
import { bucketName, optionsFor } from '../../../server-place.ts'
import { Follower, storedPicture } from './follower.ts'
import { soakName, soakRandom, soakSize } from './soak-settings.ts'
import { Writer, keysFor } from './writer.ts'

const vbuckets = 3

describe(`a feed that is broken off at every message (${soakName})`, () => {
  const keys = keysFor(8)
  const random = soakRandom(1)
  let server: CouchbaseServer
  let stores: ReturnType<typeof couchbaseStore>[]
  beforeEach(async () => {
    server = await startCouchbaseServer({ buckets: [{ name: bucketName, vbuckets }] })
    stores = []
  })
  afterEach(async () => {
    await Promise.all(stores.map(store => store.close()))
    await server.close()
  })

  const newStore = (): ReturnType<typeof couchbaseStore> => {
    const store = couchbaseStore(optionsFor(server))
    stores.push(store)
    return store
  }

  /** What is there at the beginning, half of it on disk only. */
  const written = async (writer: Writer): Promise<void> => {
    for (let count = 0; count < 20 * soakSize; count++) await writer.write(random.pick(keys))
    server.bucket(bucketName).settle(1)
    for (const key of keys) await writer.write(key)
  }

  test('by the network: it goes on by itself, misses nothing and tells nothing twice out of order', async () => {
    const store = newStore()
    const writer = new Writer(store, random)
    await written(writer)
    let breaks = 0
    for (let after = 0; ; after++) {
      const cut = server.faults.interrupt({ type: 'cut', bytes: random.below(60) }, { after })
      const follower = Follower.from(store, 'beginning')
      const writing = writer.write(random.pick(keys))
      await follower.catchUp()
      await writing
      await follower.catchUp()
      follower.kill()
      expect(follower.picture).toEqual(await storedPicture(store, keys))
      expect(follower.disorder).toEqual([])
      server.faults.clear()
      if (cut.count === 0) break
      breaks++
    }
    // At each document, and at markers too.
    expect(breaks).toBeGreaterThan(keys.length)
  })

  test('by the network while it is asked how far it is: an answer comes whenever it was asked', async () => {
    const store = newStore()
    const writer = new Writer(store, random)
    const follower = Follower.from(store, 'now')
    await follower.catchUp()
    for (let round = 0; round < 8 * soakSize; round++) {
      const disconnected = server.disconnectAll()
      // Each time a turn later, so that the question comes at every step of the loss.
      for (let turn = 0; turn < round % 8; turn++) await setImmediate()
      await store.feed?.probe()
      await disconnected
      await writer.write(random.pick(keys))
      await follower.catchUp()
    }
    expect(follower.picture).toEqual(await storedPicture(store, keys))
    follower.kill()
  })

  test('by the end of the process: the next one goes on from the token and ends with the same', async () => {
    const store = newStore()
    const writer = new Writer(store, random)
    await written(writer)
    let follower = Follower.from(store, 'beginning')
    for (let life = 0; life < 25 * soakSize; life++) {
      const messages = 1 + random.below(4)
      for (let taken = 0; taken < messages; taken++) {
        await writer.write(random.pick(keys))
        await follower.step()
      }
      follower.kill()
      follower = follower.successor(store)
    }
    await follower.catchUp()
    expect(follower.picture).toEqual(await storedPicture(store, keys))
    follower.kill()
  })

  test('by freezing: what was under way comes when it thaws, and no connection is needed for it', async () => {
    const store = newStore()
    const writer = new Writer(store, random)
    await written(writer)
    const follower = Follower.from(store, 'beginning')
    await follower.catchUp()
    const frozen = server.faults.interrupt({ type: 'freeze' }, { after: 3 })
    for (const key of keys) await writer.write(key)
    frozen.release()
    await follower.catchUp()
    expect(follower.picture).toEqual(await storedPicture(store, keys))
    follower.kill()
  })
})
