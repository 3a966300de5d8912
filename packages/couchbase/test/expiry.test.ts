import { InvalidArgumentError } from '@scopes/core'
import { describe, expect, test } from 'vitest'

import { sdkExpiry } from '../src/expiry.ts'

const now = Date.UTC(2026, 5, 1)
const second = now / 1000
const day = 86_400

describe('the expiry of a document', () => {
  test.each([
    ['in a minute', second + 60],
    ['in 90 days, which a relative expiry does not reach', second + 90 * day],
    ['in the past, so that it is dead on arrival', second - 60],
  ])('is the absolute second that was asked for: %s', (_, expiresAt) => {
    expect(sdkExpiry('session:shop:1', expiresAt, now)).toEqual(new Date(expiresAt * 1000))
  })

  test('of a broken second is the second after it: never too early', () => {
    expect(sdkExpiry('session:shop:1', second + 0.2, now)).toEqual(new Date((second + 1) * 1000))
  })

  test.each([0, -1, 1, 2_592_000, -Infinity])(
    'is never "never", and never relative, for a time that is very long past: %s',
    expiresAt => {
      const expiry = sdkExpiry('session:shop:1', expiresAt, now)
      expect(expiry).toEqual(new Date(2_592_001_000))
    },
  )

  test.each([2 ** 32, 1e12, Infinity])('is the last one that fits for a time beyond 2106: %s', expiresAt => {
    expect(sdkExpiry('session:shop:1', expiresAt, now)).toEqual(new Date(4_294_967_295_000))
  })

  test('is refused where it is no number, instead of becoming "never"', () => {
    expect(() => sdkExpiry('session:shop:1', NaN, now)).toThrow(InvalidArgumentError)
    expect(() => sdkExpiry('session:shop:1', '60' as unknown as number, now)).toThrow(InvalidArgumentError)
  })
})

describe('the expiry of a lock', () => {
  test('is relative, so that no clock of a client can cut it short', () => {
    expect(sdkExpiry('lock:shop:cart', second + 31, now)).toBe(31)
    expect(sdkExpiry('lock:shop:cart', second + 30.2, now)).toBe(31)
  })

  test('is at least a second: 0 would be for ever', () => {
    expect(sdkExpiry('lock:shop:cart', second, now)).toBe(1)
    expect(sdkExpiry('lock:shop:cart', second - 60, now)).toBe(1)
  })

  test('is absolute where relative seconds do not reach', () => {
    expect(sdkExpiry('lock:shop:cart', second + 30 * day, now)).toEqual(new Date((second + 30 * day) * 1000))
  })

  test('is told by the kind alone, not by what looks like it', () => {
    expect(sdkExpiry('locks:shop:lock:1', second + 31, now)).toBeInstanceOf(Date)
    expect(sdkExpiry('session:lock:1', second + 31, now)).toBeInstanceOf(Date)
  })
})
