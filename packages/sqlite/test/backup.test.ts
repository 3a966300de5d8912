import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { InvalidArgumentError } from '@scopes/core'
import { expect, test } from 'vitest'

import { newStore } from './new-store.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { bytesOf, done, rejection, textAt } from './writing.ts'

test('a backup that is made while others write is a store of one moment', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'scopes.db')
  const store = await newStore({ path })
  const other = await newStore({ path })
  let isOver = false
  const writing = (async () => {
    // Both get the same number in one transaction, so that a copy of two moments would show.
    for (let number = 0; !isOver; number++) {
      await Promise.all(['a', 'b'].map(name => other.insert(`pair:${name}:${number}`, bytesOf(String(number)))))
    }
  })()
  for (let count = 0; count < 20; count++) await store.insert(`session:shop:${count}`, bytesOf('a'))
  await store.backUp(join(directory, 'backup.db'))
  isOver = true
  await writing

  const copy = await newStore({ path: join(directory, 'backup.db') })
  for (let count = 0; count < 20; count++) expect(await textAt(copy, `session:shop:${count}`)).toBe('a')
  let pairs = 0
  while ((await copy.load(`pair:a:${pairs}`)) !== undefined) pairs++
  expect(pairs).toBeGreaterThan(0)
  expect(await textAt(copy, `pair:b:${pairs - 1}`)).toBe(String(pairs - 1))
  expect(await copy.load(`pair:b:${pairs}`)).toBeUndefined()
  expect(done(await copy.insert('session:shop:new', bytesOf('a')))).toBeGreaterThan(0n)
})

test('a backup overwrites nothing', async () => {
  const directory = await temporaryDirectory()
  const store = await newStore({ path: join(directory, 'scopes.db') })
  const to = join(directory, 'letter.txt')
  await writeFile(to, 'Dear aunt')
  expect(await rejection(store.backUp(to))).toBeInstanceOf(InvalidArgumentError)
  expect(await rejection(store.backUp(store.path))).toBeInstanceOf(InvalidArgumentError)
  expect(await readFile(to, 'utf8')).toBe('Dear aunt')
})

test('a backup into a missing directory is a typed error, and the store goes on', async () => {
  const directory = await temporaryDirectory()
  const store = await newStore({ path: join(directory, 'scopes.db') })
  const error = await rejection(store.backUp(join(directory, 'missing', 'backup.db')))
  expect(error).toMatchObject({ code: 'store-unavailable' })
  expect((error as Error).message).toContain('missing/backup.db')
  expect(await store.insert('session:shop:1', bytesOf('a'))).toMatchObject({ type: 'done' })
})
