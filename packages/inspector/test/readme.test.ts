import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { commands } from '../src/program/commands.ts'
import { places } from './each-place.ts'
import { runScopes } from './run-scopes.ts'
import { fillShop, inShop } from './shop.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A command of the README, and what stands there as its output. */
interface Shown {
  readonly command: string
  readonly output: string
}

let readme = ''

beforeAll(async () => {
  readme = await readFile(join(import.meta.dirname, '..', 'README.md'), 'utf8')
})

test('what the README shows is what the program prints, times, ids and sizes apart', async () => {
  const { address, open } = await places.sqlite()
  await inShop(await open(), fillShop)
  const backup = join(await temporaryDirectory(), 'backup.ndjson')
  const copy = `sqlite:${join(await temporaryDirectory(), 'copy.db')}`
  const real = (text: string): string =>
    text
      .replaceAll('sqlite:data/scopes.db', address)
      .replaceAll('sqlite:data/copy.db', copy)
      .replaceAll('backup.ndjson', backup)
  const shown = shownIn(readme)
  expect(shown.length).toBeGreaterThan(6)
  for (const { command, output } of shown) {
    const { stdout, stderr } = await runScopes(real(command).split(' '))
    expect(timeless(`${stdout}${stderr}`.trim()), command).toBe(timeless(real(output).trim()))
  }
})

test('the README names every command', () => {
  for (const name of Object.keys(commands)) expect(readme).toContain(`\`${name}\``)
})

function shownIn(text: string): readonly Shown[] {
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block
      .split(/^\$ scopes /m)
      .filter(Boolean)
      .map(part => {
        const end = part.indexOf('\n')
        return { command: part.slice(0, end), output: part.slice(end + 1) }
      }),
  )
}

function timeless(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
    .replaceAll(/\b[\da-f]{32}\b/g, 'COMMIT')
    .replaceAll(/\b[\da-f]{16}\b/g, 'LIFE')
    .replaceAll(/\b\d+ B\b/g, 'SIZE')
    .replaceAll(/ +/g, ' ')
}
