import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { places } from '../each-place.ts'
import { runScopes } from '../run-scopes.ts'
import { fillShop, inShop } from '../shop.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

test('of a file that is cut off, wherever that is, nothing is written, and the line is told', async () => {
  const { text, importOf } = await exported()
  const lines = text.split('\n').slice(0, -1)
  expect(lines).toHaveLength(5)
  let start = 0
  for (const [index, line] of lines.entries()) {
    for (const length of [start, start + 1, start + Math.floor(line.length / 2), start + line.length]) {
      if (length === 0) continue
      const { result, isMade } = await importOf(text.slice(0, length))
      // At the end of a line nothing but the end of the export is missing.
      const told = length === start ? index : index + 1
      expect(result).toMatchObject({ exitCode: 1, stdout: '' })
      expect(result.stderr).toContain(`line ${told} (from byte `)
      expect(result.stderr).toContain('the file is cut off')
      expect(isMade).toBe(false)
    }
    start += line.length + 1
  }
  expect((await importOf('')).result.stderr).toContain('the file is cut off')
})

test('of a file in which something was changed nothing is written', async () => {
  const { text, importOf } = await exported()
  const lines = text.split('\n')
  const changed = {
    'what precedes it is not what was exported': [
      ...lines.slice(0, 1),
      ...lines.slice(1).map(line => line.replace('"session', '"Session')),
    ],
    '3 documents, and 2 precede it': lines.toSpliced(2, 1),
    'it is no JSON': lines.toSpliced(2, 1, 'x'),
    'it is no JSON object': lines.toSpliced(2, 1, '[]'),
    'it is no line of an export': lines.toSpliced(2, 1, '{}'),
    'a document needs a key and bytes': lines.toSpliced(2, 1, '{"type":"document"}'),
    'an export has one head, its first line': lines.toSpliced(2, 0, lines[0] ?? ''),
    'something follows the end': [...lines.slice(0, -1), 'x', ''],
    'the export is of version 2': lines.toSpliced(0, 1, (lines[0] ?? '').replace('"version":1', '"version":2')),
  }
  for (const [message, edited] of Object.entries(changed)) {
    const { result, isMade } = await importOf(edited.join('\n'))
    expect(result).toMatchObject({ exitCode: 1, stdout: '' })
    expect(result.stderr).toContain(message)
    expect(isMade).toBe(false)
  }
})

test('a whole file is said to be whole, and --check writes nothing', async () => {
  const { text, importOf } = await exported()
  const { result, isMade } = await importOf(text, '--check')
  expect(result).toMatchObject({ exitCode: 0, stdout: 'The export is whole: 3 documents.\n' })
  expect(isMade).toBe(false)
})

interface Exported {
  readonly text: string
  readonly importOf: (
    content: string,
    ...options: string[]
  ) => Promise<{ readonly result: Awaited<ReturnType<typeof runScopes>>; readonly isMade: boolean }>
}

async function exported(): Promise<Exported> {
  const { address, open } = await places.sqlite()
  await inShop(await open(), fillShop)
  const directory = await temporaryDirectory()
  const [whole, file, target] = ['whole', 'file', 'target.db'].map(name => join(directory, name)) as [
    string,
    string,
    string,
  ]
  await runScopes(['export', address, '-o', whole])
  return {
    text: await readFile(whole, 'utf8'),
    importOf: async (content, ...options) => {
      await writeFile(file, content)
      const result = await runScopes(['import', `sqlite:${target}`, '-i', file, ...options])
      const isMade = await access(target).then(
        () => true,
        () => false,
      )
      return { result, isMade }
    },
  }
}
