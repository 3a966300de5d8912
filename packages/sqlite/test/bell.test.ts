import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { Bell, type Mark } from '../src/bell.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const mark: Mark = { branch: '0123456789abcdef', seq: 42 }

async function newBell(current: () => Mark = () => mark): Promise<Bell> {
  const bell = new Bell(join(await temporaryDirectory(), 'scopes.db-bell'), current)
  onTestFinished(() => bell.close())
  return bell
}

test('a new bell bears no mark, and then the one that was written last', async () => {
  const bell = await newBell()
  expect(bell.mark()).toBeUndefined()
  for (const seq of [1, Number.MAX_SAFE_INTEGER, 7]) {
    bell.writeMark({ ...mark, seq })
    expect(bell.mark()).toEqual({ ...mark, seq })
  }
})

test('something else than a mark is no mark', async () => {
  const bell = await newBell()
  for (const text of ['', 'x', '0123456789abcdef 42\n', '0'.repeat(34)]) {
    await writeFile(bell.path, text)
    expect(bell.mark(), text).toBeUndefined()
  }
})

test('the first ring is heard at once, those of the same millisecond once more, and none is forgotten', async () => {
  let seq = 0
  const bell = await newBell(() => ({ ...mark, seq: ++seq }))
  const { ino } = await stat(bell.path)
  bell.ring()
  expect(bell.mark()?.seq).toBe(1)
  for (let ring = 0; ring < 100; ring++) bell.ring()
  expect(bell.mark()?.seq).toBe(1)
  await expect.poll(() => bell.mark()?.seq).toBe(2)
  expect((await stat(bell.path)).ino).toBe(ino)
})

test('a ring that was put off is made at close', async () => {
  let seq = 0
  const path = join(await temporaryDirectory(), 'scopes.db-bell')
  const bell = new Bell(path, () => ({ ...mark, seq: ++seq }))
  bell.ring()
  bell.ring()
  bell.close()
  expect(await readFile(path, 'latin1')).toBe(`${mark.branch} ${'2'.padStart(16, '0')}\n`)
})

test('a bell that cannot be rung throws nothing: the commit stands', async () => {
  const bell = await newBell(() => {
    throw new Error('locked')
  })
  expect(() => bell.ring()).not.toThrow()
})
