import { expect, test } from 'vitest'
import { partitionOf } from '../../src/life/reaper/partition-of.ts'

test('keys are spread evenly over 64 partitions, also ids that are counted', () => {
  const counts = Array.from({ length: 64 }, () => 0)
  for (let id = 0; id < 64_000; id++) {
    const partition = partitionOf(`session:shop:${id}`)
    counts[partition] = (counts[partition] ?? 0) + 1
  }
  expect(Math.min(...counts)).toBeGreaterThan(850)
  expect(Math.max(...counts)).toBeLessThan(1150)
})

test('a key has the same partition in every process and version', () => {
  expect(['session:shop:a', 'client:shop:7f', 'visit:shop:ä'].map(partitionOf)).toMatchInlineSnapshot(`
    [
      21,
      17,
      34,
    ]
  `)
})
