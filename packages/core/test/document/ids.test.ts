import { expect, test } from 'vitest'
import { drawCommitId, drawLife } from '../../src/document/ids.ts'

test('commit ids are 32 hexadecimal digits and lives 16, none drawn twice', () => {
  const commitIds = new Set(Array.from({ length: 5000 }, drawCommitId))
  const lives = new Set(Array.from({ length: 5000 }, drawLife))
  expect([...commitIds].every(id => /^[0-9a-f]{32}$/.test(id))).toBe(true)
  expect([...lives].every(life => /^[0-9a-f]{16}$/.test(life))).toBe(true)
  expect([commitIds.size, lives.size]).toEqual([5000, 5000])
})

test('no part of an id is drawn for another one', () => {
  const halves = Array.from({ length: 2000 }, () => [drawCommitId(), drawLife()]).flatMap(
    ([commitId = '', life = '']) => [commitId.slice(0, 16), commitId.slice(16), life],
  )
  expect(new Set(halves).size).toBe(6000)
})
