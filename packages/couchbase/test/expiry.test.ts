import { InvalidArgumentError } from '@scopes/core'
import { describe, expect, test } from 'vitest'

import { absoluteExpiry, relativeExpiry } from '../src/expiry.ts'

const now = Date.UTC(2026, 5, 1)
const second = now / 1000
const day = 86_400

describe('the expiry of a document', () => {
  test.each([
    ['in a minute', second + 60],
    ['in 90 days, which a relative expiry does not reach', second + 90 * day],
    ['in the past, so that it is dead on arrival', second - 60],
  ])('is the absolute second that was asked for: %s', (_, expiresAt) => {
    expect(absoluteExpiry('session:shop:1', expiresAt)).toEqual(new Date(expiresAt * 1000))
  })

  test('of a broken second is the second after it: never too early', () => {
    expect(absoluteExpiry('session:shop:1', second + 0.2)).toEqual(new Date((second + 1) * 1000))
  })

  test.each([0, -1, 1, 2_592_000, -Infinity])(
    'is never "never", and never relative, for a time that is very long past: %s',
    expiresAt => {
      const expiry = absoluteExpiry('session:shop:1', expiresAt)
      expect(expiry).toEqual(new Date(2_592_001_000))
    },
  )

  test.each([2 ** 32, 1e12, Infinity])('is the last one that fits for a time beyond 2106: %s', expiresAt => {
    expect(absoluteExpiry('session:shop:1', expiresAt)).toEqual(new Date(4_294_967_295_000))
  })

  test('is refused where it is no number, instead of becoming "never"', () => {
    expect(() => absoluteExpiry('session:shop:1', NaN)).toThrow(InvalidArgumentError)
    expect(() => absoluteExpiry('session:shop:1', '60' as unknown as number)).toThrow(InvalidArgumentError)
  })
})

describe('an expiry in so many seconds', () => {
  test('is relative, so that no clock of a client can cut it short', () => {
    expect(relativeExpiry('lock:n:cart', 31, now)).toBe(31)
    expect(relativeExpiry('lock:n:cart', 30.2, now)).toBe(31)
    expect(relativeExpiry('lock:n:cart', 31, now - 600_000)).toBe(31)
  })

  test('is at least a second: 0 would be for ever', () => {
    expect(relativeExpiry('lock:n:cart', 0, now)).toBe(1)
    expect(relativeExpiry('lock:n:cart', -60, now)).toBe(1)
  })

  test('is absolute where relative seconds do not reach', () => {
    expect(relativeExpiry('lock:n:cart', 30 * day, now)).toEqual(new Date((second + 30 * day) * 1000))
  })

  test('is refused where it is no number, instead of becoming "never"', () => {
    expect(() => relativeExpiry('lock:n:cart', NaN, now)).toThrow(InvalidArgumentError)
  })
})
