import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const source = join(import.meta.dirname, '../../src/dcp')
const layers = ['connection', 'topology', 'feed']

test('each invariant of the feed has a number and a test, and each file of tests stands for one', async () => {
  const spec = await readFile(join(source, 'SPEC.md'), 'utf8')
  const rows = [...spec.matchAll(/^\| D(\d+) +\| [^|]+ \| `(\S+\.test\.ts)` › (.+?) +\|$/gm)]
  expect(rows.map(([, number]) => Number(number))).toEqual(rows.map((_, index) => index + 1))
  expect(rows.length).toBe(spec.match(/^\| D\d+/gm)?.length)
  for (const [, , file = '', title = ''] of rows) {
    const tests = await readFile(join(import.meta.dirname, file), 'utf8')
    expect(tests, `${file} has no test ${title}`).toContain(title)
  }
  const named = new Set(rows.map(([, , file = '']) => file))
  for (const layer of layers) {
    const files = (await readdir(join(import.meta.dirname, layer))).filter(file => file.endsWith('.test.ts'))
    for (const file of files)
      expect([...named], 'a file of tests that stands for no invariant').toContain(`${layer}/${file}`)
  }
})

test('each invariant of a stream names tests that there are', async () => {
  const spec = await readFile(join(source, 'stream/SPEC.md'), 'utf8')
  const folder = join(import.meta.dirname, 'stream')
  const tests = await Promise.all(
    (await readdir(folder)).filter(file => file.endsWith('.test.ts')).map(file => readFile(join(folder, file), 'utf8')),
  )
  const rows = [...spec.matchAll(/^\| I\d+ +\| [^|]+ \| ([^|]+?) +\|$/gm)]
  expect(rows.length).toBe(12)
  for (const title of rows.flatMap(([, titles = '']) => titles.split('; '))) {
    expect(tests.join('\n'), `no test ${title}`).toContain(title)
  }
})

test('no layer imports one that stands above it', async () => {
  const order = ['codec', 'connection', 'stream', 'topology', 'feed']
  const allowed: Readonly<Record<string, readonly string[]>> = {
    codec: [],
    connection: ['codec'],
    stream: ['codec'],
    topology: ['codec', 'connection'],
    feed: ['codec', 'connection', 'stream', 'topology'],
  }
  for (const layer of order) {
    for (const file of (await readdir(join(source, layer))).filter(name => name.endsWith('.ts'))) {
      const text = await readFile(join(source, layer, file), 'utf8')
      const others = [...text.matchAll(/from '\.\.\/([a-z-]+)\//g)].map(([, other = '']) => other)
      for (const other of others) expect(allowed[layer], `${layer}/${file}`).toContain(other)
    }
  }
})
