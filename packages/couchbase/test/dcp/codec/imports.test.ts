import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const source = join(import.meta.dirname, '../../../src/dcp')

async function importsOf(folder: string): Promise<readonly string[]> {
  const files = (await readdir(join(source, folder))).filter(file => file.endsWith('.ts'))
  const imports = await Promise.all(
    files.map(async file => {
      const text = await readFile(join(source, folder, file), 'utf8')
      return [...text.matchAll(/(?:from|import) '([^']+)'/g)].map(([, path]) => `${file} → ${path}`)
    }),
  )
  expect(files.length).toBeGreaterThan(3)
  return imports.flat()
}

test('the codec imports nothing but itself, and of Node what a password is proved by', async () => {
  const foreign = (await importsOf('codec')).filter(line => !/ → \.\/[a-z0-9-]+\.ts$/.test(line))
  expect(foreign).toEqual(['scram.ts → node:crypto'])
})

test('the stream machine imports nothing but itself and the codec', async () => {
  const foreign = (await importsOf('stream')).filter(line => !/ → (\.|\.\.\/codec)\/[a-z0-9-]+\.ts$/.test(line))
  expect(foreign).toEqual([])
})
