import { type StoreCall, observedStore } from '@scopes/testing'
import { type Fault, OPCODE, startCouchbaseServer, type CouchbaseServer } from '@scopes/testing/couchbase-server'
import { describe, expect, onTestFinished, test } from 'vitest'

import { couchbaseStore } from '../../src/couchbase-store.ts'
import { bucketName, optionsFor } from '../server-place.ts'
import { countOf, expectSound, recordedRun, seed } from './recorded-run.ts'

const mutations = [OPCODE.add, OPCODE.append, OPCODE.replace]

/** A server for one test. */
async function newServer(nodes = 1): Promise<CouchbaseServer> {
  const server = await startCouchbaseServer({ buckets: [{ name: bucketName }], nodes, seed })
  onTestFinished(() => server.close())
  return server
}

/** Requests get little time: what is swallowed is found out soon, and an answer that comes too late is a fault like others. */
function newStore(server: CouchbaseServer): ReturnType<typeof couchbaseStore> {
  return couchbaseStore({ ...optionsFor(server), timeoutMs: 250 })
}

describe(`no commit is lost and none is doubled (seed ${seed})`, { timeout: 300_000 }, () => {
  test('when answers are swallowed at random, before and after executing, in 2,000 commits', async () => {
    const server = await newServer()
    const swallow = (side: 'before' | 'after', chance: number): { readonly count: number } =>
      server.faults.add({ type: 'swallow', side }, { match: { opcode: mutations }, chance })
    const faults = [swallow('before', 0.03), swallow('after', 0.06)]
    const recorder = await recordedRun({ newStore: () => newStore(server), processes: 3, scopes: 20, commits: 34 })
    for (const { count } of faults) expect(count).toBeGreaterThan(20)
    server.faults.clear()
    await expectSound(recorder, couchbaseStore(optionsFor(server)))
    expect(countOf(recorder.history, 'succeeded')).toBeGreaterThan(1900)
  })

  test('when requests are executed late or twice, and connections close before and after the execution', async () => {
    const server = await newServer()
    const faults: readonly [Fault, number][] = [
      [{ type: 'late' }, 0.03],
      [{ type: 'duplicate' }, 0.03],
      [{ type: 'close', side: 'before' }, 0.005],
      [{ type: 'close', side: 'after' }, 0.005],
      [{ type: 'delay', side: 'before', ms: 20 }, 0.03],
    ]
    const ordered = faults.map(([fault, chance]) => server.faults.add(fault, { match: { opcode: mutations }, chance }))
    const release = (count: number): void => {
      if (count % 10 === 0) for (const fault of ordered) fault.release()
    }
    const recorder = await recordedRun({
      newStore: () => newStore(server),
      processes: 3,
      scopes: 10,
      commits: 20,
      onCommit: release,
    })
    for (const { count } of ordered) expect(count).toBeGreaterThan(0)
    for (const fault of ordered) fault.release()
    server.faults.clear()
    await expectSound(recorder, couchbaseStore(optionsFor(server)))
    expect(countOf(recorder.history, 'succeeded')).toBeGreaterThan(500)
  })

  test('when the server is restarted in the middle', async () => {
    const server = await newServer()
    const restarts: Promise<void>[] = []
    const recorder = await recordedRun({
      newStore: () => newStore(server),
      processes: 2,
      scopes: 10,
      commits: 20,
      onCommit: count => {
        if (count % 100 === 50) restarts.push(server.restart())
      },
    })
    await Promise.all(restarts)
    expect(restarts.length).toBe(4)
    await expectSound(recorder, couchbaseStore(optionsFor(server)))
    expect(countOf(recorder.history, 'succeeded')).toBeGreaterThan(380)
  })

  test('when vbuckets move from node to node all the time, and requests come to nodes that no longer have them', async () => {
    const server = await newServer(3)
    const bucket = server.bucket(bucketName)
    let moves = 0
    let asked = 0
    const onCall = ({ method }: StoreCall): void => void (method !== 'open' && method !== 'close' && asked++)
    const recorder = await recordedRun({
      // Long enough for the client to hear where the vbucket is now.
      newStore: () => observedStore(couchbaseStore(optionsFor(server)), { onCall }),
      processes: 2,
      scopes: 10,
      commits: 20,
      onCommit: count => {
        if (count % 5 === 0) for (let some = 0; some < 8; some++) bucket.moveVbucket((moves * 5) % 64, moves++ % 3)
      },
    })
    const { requests } = server.traffic
    const received = [OPCODE.get, ...mutations].reduce<number>((sum, opcode) => sum + (requests.get(opcode) ?? 0), 0)
    // The others were sent once more, to the right node.
    expect(received).toBeGreaterThan(asked + 20)
    await expectSound(recorder, couchbaseStore(optionsFor(server)))
    expect(countOf(recorder.history, 'succeeded')).toBe(400)
  })
})
