import { compareTokens, type StoreToken } from '@scopes/core'
import { expect, test } from 'vitest'

import { casOf, lockedCas, tokenOf } from '../src/store-token.ts'

const token = (value: bigint): StoreToken => value as StoreToken

test.each([1n, 1_795_838_096_731_000_001n, 2n ** 63n, 2n ** 64n - 2n])('a CAS comes back as it was: %s', cas => {
  expect(casOf(tokenOf({ toString: () => String(cas) }))).toBe(String(cas))
})

test.each([0n, -1n, lockedCas, 2n ** 64n, 2n ** 80n])(
  'a token that no server gave out is never sent as "no check", nor as what a locked document answers: %s',
  value => {
    expect(casOf(token(value))).toBe('1')
  },
)

test('tokens are in the order of their CAS, beyond what a number can tell apart', () => {
  expect(compareTokens(tokenOf({ toString: () => '9007199254740993' }), token(9007199254740992n))).toBeGreaterThan(0)
})
