import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A way in which other systems fail, and what the page says of it here. */
interface Opening {
  readonly name: string
  readonly here: string
  readonly behaviours: readonly number[]
  readonly tests: readonly { readonly file: string; readonly title: string }[]
}

const page = await readFile(join(root, 'packages/cfml/docs/openings.md'), 'utf8')
const openings: readonly Opening[] = page
  .split('\n')
  .map(line => line.split(' | ').map(cell => cell.replace(/^\|\s*|\s*\|$/gu, '').trim()))
  .filter(([name = '']) => /^O\d+$/u.test(name))
  .map(([name = '', , ...rest]) => {
    const here = rest.join(' | ')
    const lists = [...here.matchAll(/behaviours? ((?:\d+(?:, )?)+)/gu)].map(([, numbers = '']) => numbers)
    const tests = [...here.matchAll(/`([^`›]+) › ([^`]+)`/gu)].map(([, file = '', title = '']) => ({ file, title }))
    return { name, here, behaviours: lists.flatMap(list => list.match(/\d+/gu) ?? []).map(Number), tests }
  })

const ownTests = await Promise.all(
  (await readdir(import.meta.dirname))
    .filter(name => name.endsWith('.test.ts'))
    .map(name => readFile(join(import.meta.dirname, name), 'utf8')),
)
const shown = new Set(
  ownTests.flatMap(text => [...text.matchAll(/\bbehaviour\(\s*(\d+),/gu)].map(([, number]) => Number(number))),
)

test('there is a line for each of the 49, in order, and each names what shows it', () => {
  expect(openings.map(({ name }) => name)).toEqual(Array.from({ length: 49 }, (_, index) => `O${index + 1}`))
  const unshown = openings.filter(({ behaviours, tests }) => behaviours.length + tests.length === 0)
  expect(unshown.map(({ name }) => name)).toEqual([])
})

test.each(openings)('$name: the tests it names exist', async ({ behaviours, tests }) => {
  expect(behaviours.filter(number => !shown.has(number))).toEqual([])
  for (const { file, title } of tests) expect(await readFile(join(root, file), 'utf8')).toContain(title)
})
