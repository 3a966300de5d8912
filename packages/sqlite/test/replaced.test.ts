import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { StoreUnavailableError } from '@scopes/core'
import { expect, test } from 'vitest'

import { newStore } from './new-store.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { bytesOf, done, rejection, textAt } from './writing.ts'

const key = 'session:shop:1'

/** What may happen to the files of a store that is in use. */
const accidents: readonly (readonly [name: string, happen: (directory: string) => Promise<void>])[] = [
  ['its directory is deleted', directory => rm(directory, { recursive: true })],
  [
    'its directory is replaced',
    async directory => {
      await rename(directory, `${directory}-old`)
      await mkdir(directory)
    },
  ],
  ['the file is deleted', directory => rm(join(directory, 'scopes.db'))],
  ['the file is moved', directory => rename(join(directory, 'scopes.db'), join(directory, 'elsewhere.db'))],
  [
    'another file takes its place',
    async directory => {
      const other = await newStore({ path: join(directory, 'other.db') })
      await other.insert('session:shop:other', bytesOf('other'))
      await other.close()
      await rename(join(directory, 'other.db'), join(directory, 'scopes.db'))
    },
  ],
]

test.each(accidents)(
  '%s: calls and the feed fail, instead of going on in a file that nobody sees',
  async (_, happen) => {
    const directory = join(await temporaryDirectory(), 'data')
    const store = await newStore({ path: join(directory, 'scopes.db'), pollMs: 5 })
    const token = done(await store.insert(key, bytesOf('a')))
    const reader = store.feed.open()[Symbol.asyncIterator]()
    await reader.next()
    const waiting = rejection(reader.next())
    await happen(directory)

    expect(await waiting).toBeInstanceOf(StoreUnavailableError)
    for (const call of [store.load(key), store.append(key, bytesOf('b'), token), store.insert('a:b:c', bytesOf('b'))]) {
      const error = await rejection(call)
      expect(error).toBeInstanceOf(StoreUnavailableError)
      expect(error).toMatchObject({ outcome: 'none' })
      expect((error as Error).message).toMatch(/scopes\.db was moved, deleted or replaced/)
    }
  },
)

test('open uses what is there now, and a reader of before is told so', async () => {
  const directory = join(await temporaryDirectory(), 'data')
  const store = await newStore({ path: join(directory, 'scopes.db'), pollMs: 5 })
  await store.insert(key, bytesOf('a'))
  const reader = store.feed.open()[Symbol.asyncIterator]()
  const { value: first } = await reader.next()
  const waiting = rejection(reader.next())
  await rm(directory, { recursive: true })
  await waiting

  await store.open()
  expect(await textAt(store, key)).toBeUndefined()
  await store.insert(key, bytesOf('b'))
  const resumed = store.feed.open({ since: first?.feedToken })[Symbol.asyncIterator]()
  expect((await resumed.next()).value).toMatchObject({ type: 'rolled-back' })
  expect((await resumed.next()).value).toMatchObject({ type: 'document', key, bytes: bytesOf('b') })
  await resumed.return?.()
})
