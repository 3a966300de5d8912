import { type CouchbaseServer, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { couchbaseStore } from '../../../../src/couchbase-store.ts'
import { bucketName, optionsFor } from '../../../server-place.ts'
import { Follower, storedPicture } from './follower.ts'
import { soakName, soakRandom, soakSize } from './soak-settings.ts'
import { Writer, keysFor } from './writer.ts'

const bufferBytes = 64 * 1024

describe(`a consumer that is slower than those who write (${soakName})`, () => {
  let server: CouchbaseServer
  let store: ReturnType<typeof couchbaseStore>
  beforeEach(async () => {
    server = await startCouchbaseServer({ buckets: [{ name: bucketName, vbuckets: 8 }] })
    store = couchbaseStore({ ...optionsFor(server), dcp: { bufferBytes } })
  })
  afterEach(async () => {
    await store.close()
    await server.close()
  })

  /** The most that was ever under way to a consumer and not yet processed by it. */
  const mostUnderWay = (): number =>
    Math.max(
      ...server
        .bucket(bucketName)
        .consumers()
        .map(consumer => consumer.mostUnacknowledgedBytes),
    )

  test('storms of writes to a few documents: it takes fewer messages than there were writes, and ends with the newest', async () => {
    const keys = keysFor(4)
    const writer = new Writer(store, soakRandom(2))
    const follower = Follower.from(store, 'now')
    await follower.catchUp()
    for (let round = 0; round < 15 * soakSize; round++) {
      const storm = keys.map(async key => {
        for (let count = 0; count < 20; count++) await writer.write(key, { removes: 0.02 })
      })
      await Promise.all(storm)
      // The storm is over before it takes the next: what it has not taken fills the window, and then the log dedups.
      await follower.step()
    }
    await follower.catchUp()
    expect(follower.picture).toEqual(await storedPicture(store, keys))
    expect(follower.disorder).toEqual([])
    expect(follower.documents).toBeLessThan(writer.writes)
    expect(mostUnderWay()).toBeGreaterThan(bufferBytes / 2)
    follower.kill()
  })

  test('documents that are all different: never more is under way than the window and one message, and none is missing', async () => {
    const keys = keysFor(600 * soakSize)
    const value = Buffer.alloc(1000, 0xc1)
    const follower = Follower.from(store, 'now')
    await follower.catchUp()
    for (let first = 0; first < keys.length; first += 100) {
      await Promise.all(keys.slice(first, first + 100).map(key => store.insert(key, value)))
      await follower.step()
    }
    expect(mostUnderWay()).toBeGreaterThan(bufferBytes / 2)
    await follower.catchUp()
    expect(follower.picture.size).toBe(keys.length)
    expect(follower.picture).toEqual(await storedPicture(store, keys))
    expect(mostUnderWay()).toBeLessThan(bufferBytes + value.length + 100)
    follower.kill()
  })
})
