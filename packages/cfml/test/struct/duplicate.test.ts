import { InvalidStateError, defineScope, memoryStore, openScopes } from '@scopes/core'
import { expect, onTestFinished, test } from 'vitest'
import { duplicate } from '../../src/struct/duplicate.ts'

test('a duplicate is equal and shares nothing, whatever a scope can hold', () => {
  const value = {
    text: 'a',
    none: null,
    big: 3n,
    at: new Date(7),
    bytes: Uint8Array.of(1, 2),
    list: [{ n: 1 }],
    map: new Map([['k', { n: 1 }]]),
    set: new Set([1, 2]),
  }
  const copy = duplicate(value)
  expect(copy).toEqual(value)
  const parts: readonly (keyof typeof value)[] = ['at', 'bytes', 'list', 'map', 'set']
  for (const part of parts) expect(copy[part]).not.toBe(value[part])
  expect(copy.list[0]).not.toBe(value.list[0])
  expect(copy.map.get('k')).not.toBe(value.map.get('k'))
})

test('a duplicate of a draft is readable when the draft is gone', async () => {
  const scopes = await openScopes({ application: 'shop', store: memoryStore() })
  onTestFinished(() => scopes.close())
  const Session = defineScope({
    kind: 'session',
    initial: () => ({ cart: { items: [{ sku: 'a' }] }, seen: new Set([1]) }),
  })
  const session = await scopes.open(Session, 'visitor')
  const draft = session.draft()
  draft.value.cart.items.push({ sku: 'b' })
  const copy = duplicate(draft.value)
  draft.discard()
  expect(copy).toEqual({ cart: { items: [{ sku: 'a' }, { sku: 'b' }] }, seen: new Set([1]) })
})

test.each([
  ['a function', { a: { b: () => 1 } }, ['a', 'b']],
  ['a symbol', { a: [Symbol('x')] }, ['a', 0]],
  ['an instance', { a: new URL('http://localhost/') }, ['a']],
])('%s is refused by its path', (_, value, path) => {
  const call = (): unknown => duplicate(value)
  expect(call).toThrow(InvalidStateError)
  expect(call).toThrow(expect.objectContaining({ code: 'invalid-state', path }))
})

test('a cycle is refused', () => {
  const value: { self?: unknown } = {}
  value.self = value
  expect(() => duplicate(value)).toThrow(/nested over 200/u)
})
