import { readFile, readdir } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** The floors of core from the ground up: a folder stands above all that it imports. */
const floors = [
  ['value/path.ts'],
  ['errors.ts', 'clock.ts'],
  ['value'],
  ['diff'],
  ['draft'],
  ['document'],
  ['merge', 'diagnostics.ts'],
  ['feed', 'cache'],
  ['store'],
  ['definition'],
  ['commit'],
  ['index'],
  ['lock'],
  ['life'],
  ['scope'],
  ['index.ts'],
] as const

const source = join(import.meta.dirname, '..', 'src')

function floorOf(file: string): number {
  const exact = floors.findIndex(rooms => rooms.some(room => room === file))
  return exact >= 0 ? exact : floors.findIndex(rooms => rooms.some(room => file.startsWith(`${room}/`)))
}

test('no arrow of the floor plan runs back up', async () => {
  const files = (await readdir(source, { recursive: true })).filter(file => file.endsWith('.ts'))
  expect(files.filter(file => floorOf(file) < 0)).toEqual([])
  const arrows = await Promise.all(
    files.map(async file => {
      const text = await readFile(join(source, file), 'utf8')
      const imported = [...text.matchAll(/from '(\.{1,2}\/[^']+)'/g)].map(([, path = '']) =>
        normalize(join(file, '..', path)),
      )
      return imported.filter(other => floorOf(other) > floorOf(file)).map(other => `${file} → ${other}`)
    }),
  )
  expect(files.length).toBeGreaterThan(60)
  expect(arrows.flat()).toEqual([])
})
