import { expect, test } from 'vitest'
import { packState, unpackState } from '../../src/document/packed-state.ts'
import { pack } from '../../src/document/packer.ts'

test('a state comes back as it was, frozen', () => {
  const state = {
    text: 'a',
    at: new Date(7),
    big: 3n,
    bytes: Uint8Array.of(1),
    list: [{ n: 1 }],
    map: new Map([['k', 1]]),
    set: new Set([1]),
  }
  const unpacked = unpackState(packState(state))
  expect(unpacked).toEqual(state)
  expect(Object.isFrozen(unpacked)).toBe(true)
})

test('the bytes stay as they are when others are packed', () => {
  const bytes = packState({ n: 1 })
  const before = [...bytes]
  for (let index = 0; index < 100; index++) packState({ text: 'x'.repeat(200) })
  expect([...bytes]).toEqual(before)
})

test.each([
  ['a function', { a: [() => 1] }, ['a', 0]],
  ['a reserved key', JSON.parse('{"a":{"__proto__":1}}') as object, ['a', '__proto__']],
  ['an array in place of a state', [], []],
])('%s is refused by its path', (_, state, path) => {
  expect(() => packState(state)).toThrow(expect.objectContaining({ code: 'invalid-state', path }))
})

test.each([
  ['no value', new Uint8Array(0)],
  ['two values', Uint8Array.of(1, 2)],
  ['a number', pack(3)],
  ['a list', pack([1])],
  ['null', pack(null)],
  ['a Map', pack(new Map([['a', 1]]))],
  ['a reserved key', pack(JSON.parse('{"a":{"__proto__":1}}'))],
])('bytes of %s are no state', (_, bytes) => {
  expect(() => unpackState(bytes)).toThrow(expect.objectContaining({ code: 'unreadable' }))
})
