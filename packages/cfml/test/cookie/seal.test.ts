import { describe, expect, test } from 'vitest'
import { openSeal, seal, sealKeys, sealedLength } from '../../src/cookie/seal.ts'

const purpose = { application: 'shop', cookie: 'client' }
const [first, second] = ['the first secret of them', 'the second secret of them']
const keys = sealKeys([first])
const others = sealKeys([second])
const bytes = Buffer.from('{"user":"ann"}')

test('what was sealed is opened, and cannot be read by who has not the key', () => {
  const text = seal(bytes, purpose, keys)
  expect(openSeal(text, purpose, keys)).toEqual({ type: 'opened', bytes: new Uint8Array(bytes), isOutdated: false })
  expect(Buffer.from(text, 'base64url').includes('ann')).toBe(false)
  expect(text).toHaveLength(sealedLength(bytes.length))
})

test('two seals of the same bytes have nothing in common but the key id', () => {
  expect(seal(bytes, purpose, keys).slice(8)).not.toBe(seal(bytes, purpose, keys).slice(8))
})

describe('the list of keys', () => {
  test('the first seals, all open; what an old one has sealed is outdated', () => {
    const text = seal(bytes, purpose, others)
    expect(openSeal(text, purpose, sealKeys([first, second]))).toMatchObject({ type: 'opened', isOutdated: true })
    expect(openSeal(text, purpose, sealKeys([second, first]))).toMatchObject({ type: 'opened', isOutdated: false })
  })

  test('a key that was taken away opens nothing any more', () => {
    const text = seal(bytes, purpose, keys)
    expect(openSeal(text, purpose, others)).toEqual({ type: 'refused', reason: 'unknown-key' })
  })
})

test.each([
  ['another cookie', { application: 'shop', cookie: 'session' }],
  ['another application', { application: 'blog', cookie: 'client' }],
  ['the same letters, divided otherwise', { application: 'sho', cookie: 'pclient' }],
])('for %s it is nothing', (_, elsewhere) => {
  expect(openSeal(seal(bytes, purpose, keys), elsewhere, keys)).toEqual({ type: 'refused', reason: 'forged' })
})

test('whichever bit is changed, it is nothing', () => {
  const sealed = Buffer.from(seal(bytes, purpose, keys), 'base64url')
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(openSeal(changed.toString('base64url'), purpose, sealKeys([first, second])).type).toBe('refused')
  }
})

test('wherever it is cut, it is nothing', () => {
  const text = seal(bytes, purpose, keys)
  for (let length = 0; length < text.length; length++) {
    expect(openSeal(text.slice(0, length), purpose, keys).type).toBe('refused')
  }
})

test.each(['', '%', 'a b', 'x'.repeat(8193), `${'A'.repeat(60)}=`, 'ä'.repeat(80), 'AQ'])('no seal: %s', text => {
  expect(openSeal(text, purpose, keys)).toEqual({ type: 'refused', reason: 'malformed' })
})
