import { describe, expect, it } from 'vitest'

import { inflateSnappy } from '../../../src/couchbase-server/wire/snappy.ts'

const inflate = (hex: string, limit = 1000) => inflateSnappy(Buffer.from(hex.replaceAll(' ', ''), 'hex'), limit)

describe('inflating a snappy block', () => {
  // Blocks written by the format's description, by hand.
  it.each([
    ['a literal', '03 08616263', 'abc'],
    ['a literal whose length stands in a byte of its own', `3d f03c ${'61'.repeat(61)}`, 'a'.repeat(61)],
    ['a copy with an offset of one byte', '07 08616263 0103', 'abcabca'],
    ['a copy that overlaps what it writes', '64 047979 fe0100 860100', 'y'.repeat(100)],
    ['a copy with an offset of two bytes', '06 08616263 0a0300', 'abcabc'],
    ['a copy with an offset of four bytes', '06 08616263 0b03000000', 'abcabc'],
    ['nothing', '00', ''],
  ])('understands %s', (_, hex, text) => {
    expect(inflate(hex)?.toString()).toBe(text)
  })

  it.each([
    ['text that is no block', Buffer.from('not snappy').toString('hex')],
    ['a literal that ends too early', '0308'],
    ['fewer bytes than it promises', '05 08616263'],
    ['more bytes than it promises', '02 08616263'],
    ['a copy from before the start', '07 08616263 0104'],
    ['a copy from where it stands', '07 08616263 0100'],
    ['no length', ''],
    ['a length without end', 'ffffffffffff'],
  ])('refuses %s', (_, hex) => {
    expect(inflate(hex)).toBeUndefined()
  })

  it('makes nothing that is bigger than allowed', () => {
    expect(inflate('03 08616263', 2)).toBeUndefined()
  })
})
