import { defineScope, openScopes } from '@scopes/core'
import { startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { expect, onTestFinished, test } from 'vitest'

import { couchbaseStore } from '../src/couchbase-store.ts'
import { bucketName, optionsFor } from './server-place.ts'

const Visit = defineScope({ kind: 'visit', initial: () => ({ pages: 0 }), idle: '1s', keepEnds: '7d' })

test('scopes that nobody opens end, and each is told once by one of two processes', async () => {
  const server = await startCouchbaseServer({ buckets: [{ name: bucketName, vbuckets: 64 }] })
  const both = await Promise.all(
    [1, 2].map(() =>
      openScopes({ application: 'shop', openTimeoutMs: 60_000, store: couchbaseStore(optionsFor(server)) }),
    ),
  )
  onTestFinished(async () => {
    await Promise.all(both.map(scopes => scopes.close()))
    await server.close()
  })
  const told: string[] = []
  const done = new Promise<void>(resolve => {
    for (const scopes of both) {
      scopes.onEnd(Visit, ({ key: { id }, reason }) => {
        told.push(`${id} ${reason}`)
        if (told.length === 8) resolve()
      })
    }
  })
  for (let id = 0; id < 8; id++) {
    const visit = await both[id % 2]?.open(Visit, `v${id}`)
    await visit?.update(draft => void draft.pages++)
  }
  await done
  expect(told.toSorted()).toEqual(Array.from({ length: 8 }, (_, id) => `v${id} expired`))
}, 60_000)
