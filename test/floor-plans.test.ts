import { readFile, readdir } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

// CONTRIBUTING.md says of each folder what it owns and what it may import; here it is held to its word.

const root = join(import.meta.dirname, '..')

interface Room {
  /** A folder of `src`, or a file in it. */
  readonly name: string
  readonly owns: string
  /** Rooms, files beside them, and packages. */
  readonly mayImport: ReadonlySet<string>
}

const plans = await readPlans()

async function readPlans(): Promise<ReadonlyMap<string, readonly Room[]>> {
  const text = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8')
  const sections = text.split(/^### /m).slice(1)
  return new Map(sections.map(section => [section.slice(0, section.indexOf('\n')), roomsOf(section)]))
}

function roomsOf(section: string): readonly Room[] {
  const rooms: Room[] = []
  for (const [, name = '', owns = '', imports = ''] of section.matchAll(/^\| `([^`]+)` +\| (.*?) +\| (.*?) +\|$/gm)) {
    const above = imports.startsWith('above') ? rooms.map(room => room.name) : []
    const named = [...imports.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one)
    rooms.push({ name, owns, mayImport: new Set([...above, ...named]) })
  }
  return rooms
}

/** The room that a file is in: the smallest one that is named. */
function roomOf(file: string, rooms: readonly Room[]): Room | undefined {
  const holding = rooms.filter(({ name }) => file === name || file.startsWith(`${name}/`))
  return holding.sort((left, right) => right.name.length - left.name.length)[0]
}

/** What a file imports: other files of the package, and packages. */
function importsOf(file: string, code: string): readonly string[] {
  const specifiers = [...code.matchAll(/\b(?:from|import) ['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/g)]
  return specifiers
    .map(([, stated, called]) => stated ?? called ?? '')
    .filter(specifier => !isBuiltin(specifier))
    .map(specifier => (specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : packageOf(specifier)))
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

test('the floor plan names the packages that have several parts', () => {
  expect([...plans.keys()]).toEqual(['core', 'http', 'cfml', 'couchbase', 'inspector', 'otel', 'testing'])
})

describe.each([...plans])('the folders of %s', (name, rooms) => {
  const source = join(root, 'packages', name, 'src')

  test('are all on the floor plan, each with what it owns', async () => {
    const files = (await readdir(source, { recursive: true })).filter(file => file.endsWith('.ts'))
    expect(files.filter(file => file.includes('/') && roomOf(file, rooms) === undefined)).toEqual([])
    const empty = rooms.filter(room => !files.some(file => roomOf(file, rooms) === room))
    expect(empty.map(room => room.name)).toEqual([])
    expect(rooms.filter(({ owns }) => owns === '')).toEqual([])
  })

  test('import what the plan allows, and nothing else', async () => {
    const files = (await readdir(source, { recursive: true })).filter(file => file.endsWith('.ts'))
    const arrows: string[] = []
    for (const file of files) {
      const room = roomOf(file, rooms)
      if (room === undefined) continue
      for (const imported of importsOf(file, await readFile(join(source, file), 'utf8'))) {
        const other = roomOf(imported, rooms)
        const target = other?.name ?? imported
        if (other !== room && !room.mayImport.has(target)) arrows.push(`${file} → ${imported}`)
      }
    }
    expect(arrows).toEqual([])
  })
})
