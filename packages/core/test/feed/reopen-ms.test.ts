import { expect, test } from 'vitest'
import { reopenMs } from '../../src/feed/reopen-ms.ts'

test('pauses double with each failure up to 4 s, and chance takes up to half of them away', () => {
  expect([0, 1, 2, 3, 4, 5, 100].map(failures => reopenMs(failures, 0))).toEqual([
    250, 500, 1000, 2000, 4000, 4000, 4000,
  ])
  expect(reopenMs(2, 1)).toBe(500)
})
