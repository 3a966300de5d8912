import { inspect } from 'node:util'
import { draftState } from '@scopes/core'
import { describe, expect, test } from 'vitest'
import { scopeStruct } from '../../src/scope/scope-struct.ts'

type Struct = Record<string, unknown>

interface Ground {
  readonly struct: Struct
  /** The state as it would be stored. */
  readonly stored: () => object
  /** How often a draft was asked for. */
  readonly drafts: () => number
  readonly close: () => void
}

function ground(
  state: object = { user: 'ann', cart: { items: [1] }, $cfml: { hits: 1 } },
  options: object = {},
): Ground {
  const draft = draftState(state)
  let isOpen = true
  let drafts = 0
  const source = {
    get isOpen() {
      return isOpen
    },
    get value() {
      return draft.current
    },
    get draft() {
      drafts++
      if (!isOpen) throw new Error('The head has gone.')
      return draft.value
    },
  }
  const struct = scopeStruct({
    source,
    builtIns: new Map<string, unknown>([
      ['cfid', '1'],
      ['urltoken', 'CFID=1'],
    ]),
    hasFixedBuiltIns: false,
    isCaseless: false,
    throwsOnMissing: false,
    name: 'session',
    ...options,
  }) as Struct
  return { struct, stored: () => draft.current, drafts: () => drafts, close: () => void (isOpen = false) }
}

test('built-ins stand before the variables; what the package keeps is not there', () => {
  const { struct } = ground()
  expect(Object.keys(struct)).toEqual(['cfid', 'urltoken', 'user', 'cart'])
  expect([struct['$cfml'], '$cfml' in struct, struct['csrf_token']]).toEqual([undefined, false, undefined])
  expect({ ...struct }).toEqual({ cfid: '1', urltoken: 'CFID=1', user: 'ann', cart: { items: [1] } })
})

test('assigning, changing in place and deleting go to the draft; built-ins do not', () => {
  const { struct, stored } = ground()
  struct['user'] = 'bob'
  ;(struct['cart'] as { items: number[] }).items.push(2)
  struct['cfid'] = 'mine'
  delete struct['urltoken']
  struct['urltoken'] = 'again'
  expect([struct['cfid'], struct['urltoken']]).toEqual(['mine', 'again'])
  delete struct['cfid']
  expect('cfid' in struct).toBe(false)
  expect(stored()).toEqual({ user: 'bob', cart: { items: [1, 2] }, $cfml: { hits: 1 } })
})

test.each(['$cfml', 'csrf_token'])('%s cannot be assigned to', key => {
  const { struct, stored } = ground()
  expect(() => (struct[key] = {})).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  delete struct[key]
  expect(stored()).toHaveProperty(['$cfml', 'hits'], 1)
})

test('reading what is no object asks for no draft', () => {
  const { struct, drafts } = ground()
  expect([struct['user'], struct['cfid'], struct['missing'], 'user' in struct, Object.keys(struct).length]).toEqual([
    'ann',
    '1',
    undefined,
    true,
    4,
  ])
  expect(drafts()).toBe(0)
  expect(struct['cart']).toEqual({ items: [1] })
  expect(drafts()).toBeGreaterThan(0)
})

test('when the head has gone it can be read, and a change is refused by whoever has the draft', () => {
  const { struct, close } = ground()
  ;(struct['cart'] as { items: number[] }).items.push(2)
  close()
  expect([struct['user'], struct['cart']]).toEqual(['ann', { items: [1, 2] }])
  expect(() => (struct['user'] = 'bob')).toThrow('The head has gone.')
})

test('fixed built-ins cannot be changed or deleted, and say so by their descriptors', () => {
  const { struct } = ground({ user: 'ann' }, { hasFixedBuiltIns: true })
  expect(() => (struct['cfid'] = '2')).toThrow(/session\.cfid cannot be changed/u)
  expect(() => delete struct['cfid']).toThrow(/session\.cfid cannot be deleted/u)
  expect(Object.getOwnPropertyDescriptor(struct, 'cfid')?.writable).toBe(false)
  expect(Object.getOwnPropertyDescriptor(struct, 'user')?.writable).toBe(true)
})

test('where a missing key throws, the language may ask for its own all the same', async () => {
  const { struct } = ground({ user: 'ann' }, { throwsOnMissing: true })
  expect(() => struct['cart']).toThrow('session has no "cart". It has: cfid, urltoken, user.')
  expect(JSON.stringify(struct)).toBe('{"cfid":"1","urltoken":"CFID=1","user":"ann"}')
  expect(await Promise.resolve(struct)).toBe(struct)
})

test('without case a built-in is found by any case, and variables keep theirs', () => {
  const { struct, stored } = ground({ User: 'ann' }, { isCaseless: true })
  struct['USER'] = 'bob'
  struct['CFID'] = '2'
  expect([struct['user'], struct['cfid'], Object.keys(struct)]).toEqual(['bob', '2', ['cfid', 'urltoken', 'User']])
  expect(stored()).toEqual({ User: 'bob' })
})

describe.each([false, true])('what the package keeps, where case does not count: %s', isCaseless => {
  test.each(['$cfml', '$CFML', 'csrf_token', 'CSRF_Token'])('is not to be had, changed or deleted as %s', key => {
    const kept = { $cfml: { hits: 1 }, csrf_token: { 'k:': 'secret' } }
    const { struct, stored } = ground({ user: 'ann', ...kept }, { isCaseless })
    expect([struct[key], key in struct, Object.getOwnPropertyDescriptor(struct, key)]).toEqual([
      undefined,
      false,
      undefined,
    ])
    expect(() => (struct[key] = {})).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    Reflect.deleteProperty(struct, key)
    expect(stored()).toEqual({ user: 'ann', ...kept })
  })
})

test.each(['__proto__', 'prototype', 'constructor'])('a variable cannot be called %s', key => {
  const { struct, stored } = ground({ user: 'ann' })
  expect(() => (struct[key] = { isAdmin: true })).toThrow(expect.objectContaining({ code: 'invalid-state' }))
  expect([struct['isAdmin'], stored()]).toEqual([undefined, { user: 'ann' }])
})

test('a variable that is set to undefined is not there', () => {
  const { struct, stored } = ground({ user: 'ann', theme: 'dark' })
  struct['user'] = undefined
  struct['other'] = undefined
  expect([Object.keys(struct), stored()]).toEqual([['cfid', 'urltoken', 'theme'], { theme: 'dark' }])
})

test('the console shows built-ins and variables, with what was changed', () => {
  const { struct } = ground({ cart: { items: [1] }, $cfml: {} }, { isCaseless: true })
  ;(struct['CART'] as { items: number[] }).items.push(2)
  expect(inspect(struct)).toBe("{ cfid: '1', urltoken: 'CFID=1', cart: { items: [ 1, 2 ] } }")
})
