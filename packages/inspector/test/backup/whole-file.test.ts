import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
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

test('a new file is for nobody but its owner, and one that was open to others stays so', async () => {
  const path = join(await temporaryDirectory(), 'backup.ndjson')
  const modeOf = async (): Promise<number> => (await stat(path)).mode & 0o777
  await writeWholeFile(path, write => write(Buffer.from('new')))
  expect(await modeOf()).toBe(0o600)
  await chmod(path, 0o640)
  await writeWholeFile(path, write => write(Buffer.from('newer')))
  expect(await modeOf()).toBe(0o640)
})

test('what is no file keeps its place, and a link leads to the file that it led to', async () => {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, 'device'))
  await expect(writeWholeFile(join(directory, 'device'), async () => {})).rejects.toThrow('is no file')
  await writeFile(join(directory, 'there'), 'before')
  await symlink('there', join(directory, 'link'))
  await writeWholeFile(join(directory, 'link'), write => write(Buffer.from('after')))
  expect(await readFile(join(directory, 'there'), 'utf8')).toBe('after')
  expect((await lstat(join(directory, 'link'))).isSymbolicLink()).toBe(true)
})
