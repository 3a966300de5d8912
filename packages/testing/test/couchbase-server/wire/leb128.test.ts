import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeLeb128, encodeLeb128 } from '../../../src/couchbase-server/wire/leb128.ts'
import { propertyRuns } from '../../property-runs.ts'

describe('LEB128', () => {
  it.each([
    [0, '00'],
    [8, '08'],
    [0x7f, '7f'],
    [0x80, '8001'],
    [0xfffffff0, 'f0ffffff0f'],
  ])('%i is %s', (value, hex) => {
    expect(encodeLeb128(value).toString('hex')).toBe(hex)
    expect(decodeLeb128(Buffer.from(hex, 'hex'))).toEqual({ value, end: hex.length / 2 })
  })

  it('reads what it wrote, whatever follows', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffffffff }), fc.uint8Array({ maxLength: 4 }), (value, rest) => {
        const encoded = encodeLeb128(value)
        expect(decodeLeb128(Buffer.concat([encoded, rest]))).toEqual({ value, end: encoded.length })
      }),
      propertyRuns,
    )
  })

  it.each([
    ['not-canonical', '8000'],
    ['unterminated', '80'],
    ['unterminated', 'ffffffffffff'],
    ['unterminated', ''],
  ])('is %s: %s', (problem, hex) => {
    expect(decodeLeb128(Buffer.from(hex, 'hex'))).toBe(problem)
  })
})
