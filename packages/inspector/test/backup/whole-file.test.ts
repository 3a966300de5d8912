import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeWholeFile } from '../../src/backup/whole-file.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

test('a file takes the place of the one before when all of it is written, and otherwise leaves it and nothing else', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'backup.ndjson')
  await writeFile(path, 'before')
  const failing = writeWholeFile(path, async write => {
    await write(Buffer.from('half'))
    throw new Error('The store has failed.')
  })
  await expect(failing).rejects.toThrow('The store has failed.')
  expect(await readFile(path, 'utf8')).toBe('before')
  expect(await readdir(directory)).toEqual(['backup.ndjson'])

  await writeWholeFile(path, write => write(Buffer.from('after')))
  expect(await readFile(path, 'utf8')).toBe('after')
  expect(await readdir(directory)).toEqual(['backup.ndjson'])
})
