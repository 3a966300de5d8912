import { describe, expect, test } from 'vitest'
import { createTimeSpan } from '../../src/index.ts'
import { timeSpanMs } from '../../src/settings/time-span.ts'

test('createTimeSpan adds days, hours, minutes and seconds, in milliseconds', () => {
  expect(createTimeSpan(1, 2, 3, 4)).toBe(((24 + 2) * 3600 + 3 * 60 + 4) * 1000)
  expect(createTimeSpan(0, 0, 0.5, 0.25)).toBe(30_250)
})

test.each([[Number.NaN], [Infinity], ['5'], [undefined], [null]])('a part that is %s is refused by name', part => {
  expect(() => createTimeSpan(0, 0, part as number, 0)).toThrow(/createTimeSpan: minutes is/)
})

describe('a time-out', () => {
  test.each([
    [1_800_000, 1_800_000],
    ['30m', 1_800_000],
    ['90d', 7_776_000_000],
    [createTimeSpan(0, 0, 20, 0), 1_200_000],
  ])('can be %s', (span, milliseconds) => {
    expect(timeSpanMs('sessionTimeout', span)).toBe(milliseconds)
  })

  test.each([[createTimeSpan(0, 0, -5, 0)], [0], [1.5], ['soon'], ['-5m'], ['0m'], [true], [Number.NaN], [{}]])(
    'cannot be %s: the setting is named',
    span => {
      expect(() => timeSpanMs('sessionTimeout', span)).toThrow(
        expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(/^sessionTimeout is/) }),
      )
    },
  )
})
