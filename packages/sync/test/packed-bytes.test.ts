import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PackedBytes } from '../src/packed-bytes.ts'
import { propertySettings } from './property-settings.ts'

const slab = 1 << 20

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value)
}

const anyLength = fc.oneof(fc.nat({ max: 600 }), fc.nat({ max: 20_000 }), fc.nat({ max: 300_000 }))
const anyStep = fc.record({
  number: fc.nat({ max: 60 }),
  length: fc.option(anyLength, { freq: 4, nil: undefined }),
  value: fc.nat({ max: 255 }),
})

test('every piece is what was last set, and what is reserved stays below twice what is held and two slabs', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 200, size: 'max' }), steps => {
      const packed = new PackedBytes()
      const model = new Map<number, Uint8Array>()
      for (const { number, length, value } of steps) {
        if (length === undefined) {
          packed.delete(number)
          model.delete(number)
        } else {
          packed.set(number, filled(length, value))
          model.set(number, filled(length, value))
        }
        const held = [...model.values()].reduce((sum, bytes) => sum + bytes.length + 8, 0)
        expect(packed.reservedBytes).toBeLessThanOrEqual(held * 2 + 2 * slab)
      }
      for (let number = 0; number <= 60; number++) {
        const expected = model.get(number)
        const view = packed.view(number)
        expect(view === undefined).toBe(expected === undefined)
        if (expected) expect(view?.equals(expected)).toBe(true)
      }
    }),
    propertySettings(60),
  )
})

test('pieces that are replaced for ever need no more room', () => {
  const packed = new PackedBytes()
  for (let number = 0; number < 1000; number++) packed.set(number, filled(300, number % 256))
  for (let round = 0; round < 100; round++) {
    for (let number = 0; number < 1000; number++) packed.set(number, filled(300 + (round % 7), (number + round) % 256))
  }
  expect(packed.reservedBytes).toBeLessThanOrEqual(2 * 1000 * 320 + 2 * slab)
  expect(packed.view(999)?.[0]).toBe((999 + 99) % 256)
})

test('of what is given up nothing stays reserved', () => {
  const packed = new PackedBytes()
  packed.set(1, filled(5 * slab, 1))
  for (let number = 2; number < 5000; number++) packed.set(number, filled(4000, 2))
  for (let number = 1; number < 5000; number++) packed.delete(number)
  expect(packed.reservedBytes).toBeLessThanOrEqual(slab)
  expect(packed.view(1)).toBeUndefined()
  packed.set(3, filled(10, 3))
  packed.clear()
  expect(packed.reservedBytes).toBe(0)
  expect(packed.view(3)).toBeUndefined()
})

test('what was never set is not there, and deleting it harms nothing', () => {
  const packed = new PackedBytes()
  expect(packed.view(7)).toBeUndefined()
  packed.delete(7)
  packed.set(7, new Uint8Array())
  expect(packed.view(7)).toHaveLength(0)
})
