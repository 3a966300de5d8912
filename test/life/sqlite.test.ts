import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { expect, onTestFinished, test } from 'vitest'

const Visit = defineScope({ kind: 'visit', initial: () => ({ pages: 0 }), idle: '1s', keepEnds: '7d' })

test('on SQLite: scopes that nobody opens end, and each is told once by one of two processes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'scopes-life-'))
  const store = (): ReturnType<typeof sqliteStore> => sqliteStore({ path: join(directory, 'scopes.db') })
  const both = await Promise.all([1, 2].map(() => openScopes({ application: 'shop', store: store() })))
  onTestFinished(async () => {
    await Promise.all(both.map(scopes => scopes.close()))
    await rm(directory, { recursive: true, force: true })
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
