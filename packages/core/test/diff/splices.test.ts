import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { align, asSplice, changedInPlace } from '../../src/diff/splices.ts'
import { propertySettings } from '../document/property-settings.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

const a = { n: 'a' }
const b = { n: 'b' }
const c = { n: 'c' }

describe('the alignment of two arrays (merge rule 10)', () => {
  it('keeps identical beginnings and ends in place', () => {
    expect(align([a, b, c], [a, c]).sources).toEqual([0, 2])
    expect(align([a, c], [a, b, c]).sources).toEqual([0, -1, 1])
  })

  it('maps each element to the first unused identical one', () => {
    expect(align([1, 2, 1, 3], [9, 1, 2, 1, 3]).sources).toEqual([-1, 0, 1, 2, 3])
    expect(align([a, b], [b, a]).sources).toEqual([1, 0])
  })

  it('takes an element of the same id for the same one, edited and moved', () => {
    const base = [
      { id: 1, t: 'x' },
      { id: 2, t: 'y' },
      { id: '2', t: 'z' },
    ]
    expect(
      align(base, [
        { id: 2, t: 'new' },
        { id: 1, t: 'x' },
      ]).sources,
    ).toEqual([1, 0])
    expect(align([{ _id: 'k', a: 1 }], [{ _id: 'k', a: 2 }]).sources).toEqual([0])
    expect(align([{ id: 1 }, 5], [5, { id: 3 }]).sources).toEqual([1, -1])
  })

  it('lets the longest ordered run stay and calls the rest moved', () => {
    const { stays } = align([a, b, c, 4], [4, a, b, c])
    expect(stays).toEqual([true, true, true, false])
  })

  it('pairs what is left in a gap by position when the counts are equal: tuples keep their length', () => {
    expect(align([10, 20], [11, 20]).sources).toEqual([0, 1])
    expect(align([1, 2, 3, 4], [1, 8, 9, 4]).sources).toEqual([0, 1, 2, 3])
  })

  it('pairs the alike when they are not, and inserts and deletes the rest', () => {
    const base = [
      { x: 1, y: 1, z: 1 },
      { x: 5, y: 5, z: 5 },
    ]
    expect(align(base, [{ x: 5, y: 5, z: 6 }]).sources).toEqual([1])
    expect(align(base, [{ x: 7, y: 7, z: 7 }]).sources).toEqual([-1])
  })

  it('pairs each of the alike once, and only forward', () => {
    const like = (z: number): unknown => ({ x: 1, y: 1, z })
    expect(align([like(1), like(2)], [like(3), like(4), like(5)]).sources).toEqual([0, 1, -1])
  })

  it('compares no more than it may in one gap', () => {
    const many = (from: number): unknown[] =>
      Array.from({ length: 3000 }, (_, index) => ({ x: from + index, y: -from }))
    expect(align(many(0), [...many(10_000), { x: 0, y: 0 }]).sources.every(source => source === -1)).toBe(true)
  })
})

describe('the short cuts', () => {
  const element = fc.oneof(
    fc.integer({ min: 0, max: 2 }),
    fc.constantFrom<unknown>(a, b, c, null),
    fc.integer({ min: 0, max: 1 }).map(time => new Date(time)),
    fc.record({ id: fc.integer({ min: 0, max: 2 }), n: fc.nat(1) }),
    fc.record({ x: fc.nat(1), y: fc.nat(1) }),
  )
  const lists = fc.array(element, { maxLength: 8 }).chain(base =>
    fc.tuple(
      fc.constant(base),
      fc.oneof(
        fc.array(element, { maxLength: 8 }),
        fc.tuple(...base.map(old => fc.oneof({ arbitrary: fc.constant(old), weight: 4 }, element))),
        fc
          .tuple(fc.nat(8), fc.nat(3), fc.array(element, { maxLength: 2 }))
          .map(splice => base.toSpliced(...flat(splice))),
      ),
    ),
  )

  it('say the same as the alignment wherever they say something', () => {
    let said = 0
    fc.assert(
      fc.property(lists, ([base, next]) => {
        const { sources } = align(base, next)
        const changed = changedInPlace(base, next)
        if (changed) expect(sources).toEqual([...base.keys()])
        const splice = asSplice(base, next)
        if (splice) expect(sources).toEqual(sourcesOf(splice, base.length))
        if (changed ?? splice) said++
      }),
      propertySettings(400),
    )
    expect(said).toBeGreaterThan(0)
  })
})

function flat([index, count, items]: [number, number, unknown[]]): [number, number, ...unknown[]] {
  return [index, count, ...items]
}

function sourcesOf({ start, baseEnd, nextEnd }: NonNullable<ReturnType<typeof asSplice>>, length: number): number[] {
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)
  return [...range(0, start), ...range(start, nextEnd).map(() => -1), ...range(baseEnd, length)]
}
