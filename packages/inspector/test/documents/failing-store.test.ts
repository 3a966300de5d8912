import { memoryStore, openScopes } from '@scopes/core'
import { faultStore } from '@scopes/testing'
import { expect, test } from 'vitest'
import { storedChanges } from '../../src/documents/stored-changes.ts'
import { storedDocuments } from '../../src/documents/stored-documents.ts'
import { Session } from '../web/open-inspector.ts'

test('a store that fails while it is followed is an error after what it told before', async () => {
  const store = faultStore(memoryStore(), { seed: 1 })
  const scopes = await openScopes({ application: 'shop', store, reaper: false })
  const told: string[] = []
  const follow = async (): Promise<void> => {
    for await (const change of storedChanges(store, { startedAt: 0 })) {
      told.push(change.type)
      const session = await scopes.open(Session, `visitor-${told.length}`)
      if (told.length === 2) store.faults.nextMessage({ fault: 'fail' })
      await session.update(draft => void draft.hits++)
    }
  }
  await expect(follow()).rejects.toMatchObject({ code: 'store-unavailable' })
  expect(told).toEqual(['caught-up', 'version'])
  await scopes.close()
})

test('a store that fails while it is read is an error, and no end', async () => {
  const store = faultStore(memoryStore(), { seed: 1 })
  for (let index = 0; index < 10; index++) await store.insert(`session:shop:${index}`, Buffer.from('x'))
  const keys: string[] = []
  const read = async (): Promise<void> => {
    for await (const { key } of storedDocuments(store)) {
      keys.push(key)
      if (keys.length === 3) store.faults.nextMessage({ fault: 'fail' })
    }
  }
  await expect(read()).rejects.toMatchObject({ code: 'store-unavailable' })
  expect(keys).toHaveLength(3)
})
