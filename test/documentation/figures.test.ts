import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { charts } from '@scopes/bench/charts'
import { readFigures } from '@scopes/bench/figures'
import { expect, test } from 'vitest'
import { readPages, root } from './pages.ts'

const figures = await readFigures()
const pages = await readPages()
const readme = pages.get('README.md')?.text ?? ''

test.each(Object.entries(charts))('%s shows the recorded figures', async (file, draw) => {
  expect(await readFile(join(root, 'bench/charts', file), 'utf8')).toBe(draw(figures))
  expect(readme).toContain(`bench/charts/${file}`)
})

const sides = {
  'express-session + connect-redis': 'express-session-redis',
  'express-session + MemoryStore': 'express-session-memory',
  'express-session + `ScopesStore`': 'express-session-scopes',
  '`@scopes/http` on SQLite': 'scopes-sqlite',
}

test.each(Object.entries(sides))('the tables of the README say of %s what was recorded', (label, side) => {
  const rows = readme.split('\n').filter(line => line.startsWith(`| ${label}`) || line.startsWith(`| **${label}`))
  const shown = rows.map(row => row.match(/\d[\d,]*/g)?.map(number => Number(number.replaceAll(',', ''))))
  const valuesOf = (names: readonly string[]): readonly number[] =>
    names.flatMap(name => figures[`${name}/${side}`]?.value ?? [])
  const lost = valuesOf(['lost-http-at-once', 'lost-http-slow', 'lost-http-own-keys', 'revived-http'])
  const rates = valuesOf(['http-counter-rmw', 'http-counter-read', 'http-objects-rmw', 'http-objects-read'])
  expect(shown).toEqual(rates.length > 0 ? [lost, rates] : [lost])
})

test('the table of the drop-in store says what was recorded', () => {
  const http = pages.get('packages/http/README.md')?.text ?? ''
  const valuesOf = (side: string): readonly (number | undefined)[] =>
    ['lost-http-at-once', 'lost-http-own-keys', 'revived-http'].map(name => figures[`${name}/${side}`]?.value)
  const shown = [...http.matchAll(/^\| (?:before|after): .*?\| +(\d+) lost[^|]*\| +(\d+) lost[^|]*\| +(\d+) of 10/gm)]
  expect(shown.map(([, ...numbers]) => numbers.map(Number))).toEqual([
    valuesOf('express-session-redis'),
    valuesOf('express-session-scopes'),
  ])
})
