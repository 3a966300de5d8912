import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawCommitId, drawLife } from '../../src/document/ids.ts'
import { isStamp, parseStamp, stampOf } from '../../src/document/stamp.ts'
import { propertySettings } from './property-settings.ts'

test('a stamp says life, version and the first 8 digits of the commit id', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), version => {
      const life = drawLife()
      const commitId = drawCommitId()
      const text = stampOf({ life, version, commitId })
      expect(text).toMatch(/^[0-9a-f.]+$/)
      expect(isStamp(text)).toBe(true)
      expect(parseStamp(text)).toEqual({ life, version, shortId: commitId.slice(0, 8) })
    }),
    propertySettings(100),
  )
})

const life = '0123456789abcdef'

test.each([
  '',
  'nonsense',
  life,
  `${life}.1`,
  `${life}.0.01234567`,
  `${life}.-1.01234567`,
  `${life}.01.01234567`,
  `${life}.1.5.01234567`,
  `${life}.9007199254740993.01234567`,
  `${life}.1.0123456`,
  `${life}.1.012345678`,
  `${life.toUpperCase()}.1.01234567`,
  `${life}.1.01234567\n`,
  ` ${life}.1.01234567`,
  `${life}.1.01234567`.repeat(1000),
  null,
  7,
  {},
])('%j is no stamp, and is refused by name', text => {
  if (typeof text === 'string') expect(isStamp(text)).toBe(false)
  expect(() => parseStamp(text)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})
