import { InvalidArgumentError, InvalidStateError, defineScope, memoryStore, openScopes } from '@scopes/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { structFunctions } from '../../src/struct/struct-functions.ts'

const exact = structFunctions({ isCaseInsensitive: false })
const familiar = structFunctions({ isCaseInsensitive: true })

/** What the call throws, which must be an error of this library. */
function errorOf(call: () => unknown): InvalidArgumentError | InvalidStateError {
  try {
    call()
  } catch (error) {
    if (error instanceof InvalidArgumentError || error instanceof InvalidStateError) return error
    throw error
  }
  throw new Error('Nothing was thrown.')
}

describe('structFind', () => {
  test('a key that is not there is an error that names those that are', () => {
    const { code, message } = errorOf(() => exact.structFind({ cart: [], user: null }, 'card'))
    expect(code).toBe('invalid-argument')
    expect(message).toContain('"card"')
    expect(message).toContain('cart, user')
  })

  test('of many keys the error names fifty', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, 1]))
    expect(errorOf(() => exact.structFind(many, 'x')).message).toContain('k49 and 10 more')
  })

  test('null is a value, undefined is not there', () => {
    expect(exact.structFind({ user: null }, 'user')).toBeNull()
    expect(() => exact.structFind({ user: undefined }, 'user')).toThrow('The struct is empty')
  })

  test.each(['toString', 'constructor', '__proto__'])('what every object inherits is no key: %s', key => {
    expect(exact.structKeyExists({}, key)).toBe(false)
    expect(familiar.structKeyExists({}, key)).toBe(false)
    expect(errorOf(() => exact.structFind({}, key)).code).toBe('invalid-argument')
  })
})

describe('structInsert', () => {
  test('a key that is there is refused, and keeps its value', () => {
    const struct = { a: 1 }
    expect(errorOf(() => exact.structInsert(struct, 'a', 2)).code).toBe('invalid-argument')
    expect(struct).toEqual({ a: 1 })
  })

  test('a key that is there is overwritten when that is allowed', () => {
    const struct = { a: 1 }
    expect(exact.structInsert(struct, 'a', 2, { allowOverwrite: true })).toBe(true)
    expect(exact.structInsert(struct, 'b', 3)).toBe(true)
    expect(struct).toEqual({ a: 2, b: 3 })
  })
})

test('structUpdate changes what is there, and refuses what is not', () => {
  const struct = { a: 1 }
  expect(exact.structUpdate(struct, 'a', 2)).toBe(true)
  expect(errorOf(() => exact.structUpdate(struct, 'b', 2)).message).toContain('The struct has: a.')
  expect(struct).toEqual({ a: 2 })
})

test('structDelete is true, unless it is to say that there was nothing', () => {
  const struct: Record<string, unknown> = { a: 1 }
  expect(exact.structDelete(struct, 'a', { indicateNotExisting: true })).toBe(true)
  expect(exact.structDelete(struct, 'a', { indicateNotExisting: true })).toBe(false)
  expect(exact.structDelete(struct, 'a')).toBe(true)
  expect(struct).toEqual({})
})

describe('structAppend', () => {
  test('overwrites, unless the flag says that what is there stays', () => {
    const overwritten = { a: 1, b: 1 }
    exact.structAppend(overwritten, { b: 2, c: 2 })
    expect(overwritten).toEqual({ a: 1, b: 2, c: 2 })
    const kept = { a: 1, b: 1 }
    exact.structAppend(kept, { b: 2, c: 2 }, { overwriteFlag: false })
    expect(kept).toEqual({ a: 1, b: 1, c: 2 })
  })

  test('a reserved key is refused before anything is changed', () => {
    const struct = {}
    const from: object = JSON.parse('{"a":1,"__proto__":{"isAdmin":true}}')
    expect(errorOf(() => exact.structAppend(struct, from)).code).toBe('invalid-state')
    expect(struct).toEqual({})
  })
})

test('keys, list and count leave out what is undefined', () => {
  const struct = { a: 1, b: undefined, c: null }
  expect(exact.structKeyArray(struct)).toEqual(['a', 'c'])
  expect(exact.structKeyList(struct)).toBe('a,c')
  expect(exact.structKeyList(struct, '|')).toBe('a|c')
  expect(exact.structCount(struct)).toBe(2)
})

test('structCopy copies keys and arrays, and shares the structs in it', () => {
  const struct = { list: [{ n: 1 }], nested: { n: 1 } }
  const copy = exact.structCopy(struct)
  expect(copy).toEqual(struct)
  expect(copy.list).not.toBe(struct.list)
  expect(copy.nested).toBe(struct.nested)
})

describe('where case does not count', () => {
  test('a key is found in any case, and keeps that in which it was written first', () => {
    const struct: Record<string, unknown> = { Cart: 1 }
    expect(familiar.structKeyExists(struct, 'CART')).toBe(true)
    expect(familiar.structFind(struct, 'cart')).toBe(1)
    expect(errorOf(() => familiar.structInsert(struct, 'cart', 2)).code).toBe('invalid-argument')
    familiar.structUpdate(struct, 'cART', 3)
    familiar.structAppend(struct, { CARt: 4 })
    expect(struct).toEqual({ Cart: 4 })
    familiar.structDelete(struct, 'cart')
    expect(struct).toEqual({})
  })

  test('where it counts they are two keys', () => {
    const struct = { Cart: 1 }
    exact.structInsert(struct, 'cart', 2)
    expect(struct).toEqual({ Cart: 1, cart: 2 })
  })
})

describe('bad input', () => {
  test.each([null, undefined, 'text', 3, [], new Map(), new Set(), new Date(), new Uint8Array(1)])(
    'no struct: %o',
    value => {
      const struct = value as unknown as object
      expect(errorOf(() => exact.structCount(struct)).message).toContain('structCount')
      expect(errorOf(() => exact.structInsert(struct, 'a', 1)).code).toBe('invalid-argument')
      expect(errorOf(() => exact.structAppend({}, struct)).code).toBe('invalid-argument')
    },
  )

  test.each(['', 3, null, undefined])('no key: %o', value => {
    const key = value as unknown as string
    expect(errorOf(() => exact.structFind({}, key)).code).toBe('invalid-argument')
    expect(errorOf(() => exact.structDelete({}, key)).code).toBe('invalid-argument')
  })

  test.each(['__proto__', 'prototype', 'constructor'])('a reserved key is not written: %s', key => {
    const struct = {}
    expect(errorOf(() => exact.structInsert(struct, key, { isAdmin: true }))).toMatchObject({
      code: 'invalid-state',
      path: [key],
    })
    expect(Object.getPrototypeOf(struct)).toBe(Object.prototype)
    expect(struct).toEqual({})
  })
})

describe('on the draft of a scope', () => {
  const Session = defineScope({ kind: 'session', initial: (): Record<string, unknown> => ({ cart: { items: [1] } }) })

  async function opened() {
    const scopes = await openScopes({ application: 'shop', store: memoryStore() })
    onTestFinished(() => scopes.close())
    return { scopes, session: await scopes.open(Session, 'visitor') }
  }

  test('what the functions change is stored', async () => {
    const { scopes, session } = await opened()
    await session.update(draft => {
      exact.structInsert(draft, 'user', 'ann')
      exact.structInsert(draft['cart'] as object, 'sum', 3)
      exact.structAppend(draft, { a: 1, b: 2 })
      exact.structDelete(draft, 'a')
    })
    expect((await scopes.open(Session, 'visitor')).value).toEqual({ cart: { items: [1], sum: 3 }, user: 'ann', b: 2 })
  })

  test('a value is not changed: the functions say that they need the draft', async () => {
    const { session } = await opened()
    expect(errorOf(() => exact.structDelete(session.value, 'cart')).message).toContain('the draft of the scope')
  })

  test('a copy outlives the draft where it is shallow as far as it is copied', async () => {
    const { session } = await opened()
    const draft = session.draft()
    const copy = exact.structCopy(draft.value)
    copy['cart'] = 'another'
    draft.discard()
    expect(session.value).toEqual({ cart: { items: [1] } })
  })
})
