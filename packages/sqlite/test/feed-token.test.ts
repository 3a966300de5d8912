import { type FeedToken, InvalidArgumentError } from '@scopes/core'
import { expect, test } from 'vitest'

import { type FeedPosition, decodeFeedToken, encodeFeedToken } from '../src/feed-token.ts'

const branch = '0123456789abcdef'
const numbers = [0, 1, 35, 36, 2 ** 24, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]

test('a token keeps the position, up to the largest numbers', () => {
  for (const seq of numbers) {
    for (const afterId of numbers) {
      const plain: FeedPosition = { branch, seq, scan: undefined }
      const scanning: FeedPosition = { branch, seq, scan: { afterId, untilSeq: seq } }
      expect(decodeFeedToken(encodeFeedToken(plain))).toEqual(plain)
      expect(decodeFeedToken(encodeFeedToken(scanning))).toEqual(scanning)
    }
  }
})

test('a token can stand in a cookie, a header and an address as it is', () => {
  const token = encodeFeedToken({ branch, seq: 2 ** 40, scan: { afterId: 7, untilSeq: 2 ** 40 } })
  expect(token).toMatch(/^[a-z0-9-]+$/)
  expect(token.length).toBeLessThan(64)
})

test.each([
  '',
  'now',
  'sq1',
  `sq1-${branch}`,
  `sq1-${branch}-`,
  `sq1-${branch}--1`,
  `sq1-${branch}-1-2`,
  `sq1-${branch}-1-2-3-4`,
  `sq1-${branch.slice(1)}-1`,
  `sq1-${branch.toUpperCase()}-1`,
  `sq2-${branch}-1`,
  ` sq1-${branch}-1`,
  `sq1-${branch}-1\n`,
  `sq1-${branch}-zzzzzzzzzzzz`,
  'm1.0123456789abcdef.7',
])('%j is no token', text => {
  expect(() => decodeFeedToken(text as FeedToken)).toThrow(InvalidArgumentError)
})
