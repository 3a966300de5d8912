import { expect, test } from 'vitest'

import { isSameBoot, readBootId } from '../src/boot-id.ts'

test('the same boot has the same id at every reading', () => {
  expect(readBootId()).not.toBe('')
  expect(isSameBoot(readBootId(), readBootId())).toBe(true)
})

test.each([
  ['3f1c', '3f1c', true],
  ['3f1c', '3f1d', false],
  ['boot-time:1000', 'boot-time:1004', true],
  ['boot-time:1000', 'boot-time:1006', false],
  ['boot-time:1000', '3f1c', false],
  ['', '3f1c', false],
])('%s and %s: the same boot is %s', (left, right, isSame) => {
  expect(isSameBoot(left, right)).toBe(isSame)
  expect(isSameBoot(right, left)).toBe(isSame)
})
