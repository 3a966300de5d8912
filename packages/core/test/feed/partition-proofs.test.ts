import fc from 'fast-check'
import { expect, test } from 'vitest'
import { propertySettings } from '../document/property-settings.ts'
import { PartitionProofs } from '../../src/feed/partition-proofs.ts'

test('complete is what all partitions have said, not the first of them', () => {
  const proofs = new PartitionProofs(() => 3)
  proofs.caughtUp(0, 5)
  proofs.caughtUp(0, 6)
  proofs.caughtUp(2, 9)
  expect(proofs.isComplete).toBe(false)
  expect(proofs.oldest).toBe(-Infinity)
  proofs.caughtUp(1, 7)
  expect(proofs.isComplete).toBe(true)
  expect(proofs.oldest).toBe(6)
})

test('asof-position: a proof counts when the position has come to it, and is that of the partition', () => {
  const proofs = new PartitionProofs(() => 2)
  proofs.caughtUp(0, 5)
  expect([proofs.of(0), proofs.of(1), proofs.of(undefined)]).toEqual([5, -Infinity, -Infinity])
  proofs.caughtUp(1, 3)
  expect([proofs.of(0), proofs.of(1), proofs.of(undefined)]).toEqual([5, 3, 3])
})

test('an answer to an older question takes no proof back', () => {
  const proofs = new PartitionProofs(() => 1)
  proofs.caughtUp(0, 5)
  proofs.caughtUp(0, 4)
  expect(proofs.oldest).toBe(5)
})

test('what was set back has proven nothing and has to catch up again, alone', () => {
  const proofs = new PartitionProofs(() => 2)
  proofs.caughtUp(0, 5)
  proofs.caughtUp(1, 5)
  proofs.setBack(1)
  expect(proofs.isComplete).toBe(false)
  expect([proofs.of(0), proofs.of(1), proofs.oldest]).toEqual([5, -Infinity, -Infinity])
  proofs.caughtUp(1, 8)
  expect(proofs.isComplete).toBe(true)
  expect(proofs.oldest).toBe(5)
})

test('a feed that was opened again has proven what it had, and has yet to catch up', () => {
  const proofs = new PartitionProofs(() => 1)
  proofs.caughtUp(0, 5)
  proofs.reopened()
  expect(proofs.isComplete).toBe(false)
  expect(proofs.oldest).toBe(5)
})

test('while it is not known how many partitions there are, nothing is complete and nothing proven of all', () => {
  let count = 0
  const proofs = new PartitionProofs(() => count)
  expect([proofs.isComplete, proofs.oldest]).toEqual([false, -Infinity])
  count = 1
  proofs.caughtUp(0, 5)
  expect([proofs.isComplete, proofs.oldest]).toEqual([true, 5])
})

test('the oldest proof is that of the partition that is furthest behind, in whatever order proofs come', () => {
  const step = fc.record({ partition: fc.nat(2), asOf: fc.option(fc.nat(20), { nil: undefined }) })
  const property = fc.property(fc.array(step, { maxLength: 60 }), steps => {
    const proofs = new PartitionProofs(() => 3)
    const told = new Map<number, number>()
    for (const { partition, asOf } of steps) {
      if (asOf === undefined) {
        proofs.setBack(partition)
        told.delete(partition)
      } else {
        proofs.caughtUp(partition, asOf)
        told.set(partition, Math.max(asOf, told.get(partition) ?? -Infinity))
      }
      expect(proofs.oldest).toBe(told.size < 3 ? -Infinity : Math.min(...told.values()))
    }
  })
  fc.assert(property, propertySettings(200))
})
