import { describe, expect, it } from 'vitest'
import { deepEqual, same } from '../../src/value/equal.ts'

describe('equality (merge rule 1)', () => {
  it('takes NaN for NaN and 0 for -0, Dates by time, bytes by content', () => {
    expect(same(NaN, NaN) && same(0, -0)).toBe(true)
    expect(same(new Date(5), new Date(5))).toBe(true)
    expect(same(new Date(5), new Date(6)) || same(new Date(5), 5) || same(5, new Date(5))).toBe(false)
    expect(same(new Uint8Array([1]), new Uint8Array([1]))).toBe(true)
    expect(same(new Uint8Array([1]), new Uint8Array([2])) || same(new Uint8Array(0), [])).toBe(false)
  })

  it('never takes a bigint for a number, nor null for undefined', () => {
    expect(same(1n, 1) || same(1, '1') || same(null, undefined) || same(null, 0)).toBe(false)
    expect(same(1n, 1n)).toBe(true)
  })

  it('compares containers by reference, and deeply where asked', () => {
    expect(same({}, {}) || same([], [])).toBe(false)
    expect(deepEqual({ a: [1, { b: NaN }] }, { a: [1, { b: NaN }] })).toBe(true)
    expect(deepEqual({ a: 1 }, { a: 1, b: 2 }) || deepEqual({ a: 1, b: 2 }, { a: 1 })).toBe(false)
    expect(deepEqual([], {}) || deepEqual(new Map(), new Set()) || deepEqual({}, null)).toBe(false)
  })

  it('does not count the order of keys, entries and members, but that of arrays', () => {
    expect(deepEqual({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true)
    expect(deepEqual(mapOf([1, 1], ['1', 2]), mapOf(['1', 2], [1, 1]))).toBe(true)
    expect(deepEqual(mapOf([1, 1]), mapOf(['1', 1]))).toBe(false)
    expect(deepEqual(new Set([{ a: 1 }, 2, { a: 1 }]), new Set([2, { a: 1 }, { a: 1 }]))).toBe(true)
    expect(deepEqual(new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 1 }, { a: 1 }]))).toBe(false)
    expect(deepEqual([1, 2], [2, 1])).toBe(false)
  })

  it('takes a key that holds undefined for absent', () => {
    expect(deepEqual({ a: undefined, b: 1 }, { b: 1 }) && deepEqual({ b: 1 }, { a: undefined, b: 1 })).toBe(true)
    expect(deepEqual({ a: undefined }, { b: 1 })).toBe(false)
  })

  it('does not find in an object what it inherits', () => {
    expect(deepEqual({ toString: Reflect.get({}, 'toString') }, {})).toBe(false)
  })
})

function mapOf(...entries: [unknown, unknown][]): Map<unknown, unknown> {
  return new Map(entries)
}
