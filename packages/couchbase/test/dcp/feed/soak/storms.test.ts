import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { type CouchbaseServer, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { couchbaseStore } from '../../../../src/couchbase-store.ts'
import { bucketName, optionsFor } from '../../../server-place.ts'
import { Follower, storedPicture } from './follower.ts'
import { soakName, soakRandom, soakSeconds, soakSize } from './soak-settings.ts'
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

  test.runIf(soakSeconds > 0)(
    `for ${soakSeconds} s: what it has not taken waits at the server, memory stays what it was, and it ends with the newest`,
    async () => {
      const keys = keysFor(400)
      const writer = new Writer(store, soakRandom(5))
      const follower = Follower.from(store, 'now')
      await follower.catchUp()
      const begun = performance.now()
      const memory: number[] = []
      for (let round = 0; performance.now() - begun < soakSeconds * 1000; round++) {
        const batch = keys.filter((_, index) => index % 8 === round % 8)
        await Promise.all(batch.map(key => writer.write(key, { removes: 0.02 })))
        await follower.step()
        if (round % 200 === 0) memory.push(heldBytes())
      }
      memory.push(heldBytes())
      const { documents } = follower
      await follower.catchUp()
      expect(follower.picture).toEqual(await storedPicture(store, keys))
      expect(follower.disorder).toEqual([])
      expect(documents).toBeLessThan(writer.writes / 10)
      expect(mostUnderWay()).toBeGreaterThan(bufferBytes / 2)
      expect(mostUnderWay()).toBeLessThan(bufferBytes + mostWritten)
      // The first quarter fills what is to be filled: documents, caches, code.
      const settled = memory.slice(Math.ceil(memory.length / 4))
      const [first = 0, last = 0] = [settled[0], settled.at(-1)]
      process.stderr.write(
        `${writer.writes} writes, ${documents} taken, ${mostUnderWay()} bytes under way at most, ` +
          `${(first / 2 ** 20).toFixed(1)} MiB held, ${(last / 2 ** 20).toFixed(1)} MiB at the end\n`,
      )
      expect(last - first).toBeLessThan(mostGrowth)
      follower.kill()
    },
    (soakSeconds + 120) * 1000,
  )
})

/** Documents grow by what is appended to them. */
const mostWritten = 64 * 1024
const mostGrowth = 16 * 2 ** 20

/** Held by this process after what is garbage has been collected: server, store and consumer. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
