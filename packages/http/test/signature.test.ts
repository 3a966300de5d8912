import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { sign, verify } from '../src/signature.ts'

const keys = ['first key, long enough', 'schlüssel der älter ist']

test('a signature is the HMAC-SHA-256 of name and value, as Node makes it', () => {
  for (const key of keys) {
    const expected = createHmac('sha256', key).update('session=abc').digest('base64url')
    expect(sign('session', 'abc', key)).toBe(`abc.${expected}`)
  }
})

test('what one of the keys has signed is verified, with the place of the key', () => {
  for (const [keyIndex, key] of keys.entries()) {
    expect(verify('session', sign('session', 'a.b', key), keys)).toEqual({ value: 'a.b', keyIndex })
  }
})

test('a signature for another name or value, by another key, shortened, lengthened or changed at any place is none', () => {
  const [key = ''] = keys
  const signed = sign('session', 'abc', key)
  expect(verify('client', signed, keys)).toBeUndefined()
  expect(verify('session', sign('session', 'abc', 'another key that is long'), keys)).toBeUndefined()
  expect(verify('session', `x${signed}`, keys)).toBeUndefined()
  for (let place = 'abc.'.length; place < signed.length; place++) {
    const changed = signed[place] === 'A' ? 'B' : 'A'
    expect(verify('session', `${signed.slice(0, place)}${changed}${signed.slice(place + 1)}`, keys)).toBeUndefined()
    expect(verify('session', signed.slice(0, place), keys)).toBeUndefined()
  }
  for (const text of [`${signed}A`, 'abc', '', '.', 'abc.']) expect(verify('session', text, keys)).toBeUndefined()
})
