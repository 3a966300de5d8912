import { expect, test } from 'vitest'
import { draftState } from '../../src/draft/state-draft.ts'

const state = { cart: { items: [1] }, at: new Date(7) }

test('the changes are in what finish gives, and the state stays as it is', () => {
  const draft = draftState(state)
  draft.value.cart.items.push(2)
  expect(draft.current).toEqual({ cart: { items: [1, 2] }, at: new Date(7) })
  const finished = draft.finish()
  expect(finished).toEqual({ cart: { items: [1, 2] }, at: new Date(7) })
  expect(draft.current).toBe(finished)
  expect(Object.isFrozen(finished.cart.items)).toBe(true)
  expect(state).toEqual({ cart: { items: [1] }, at: new Date(7) })
})

test('without changes it is the same object all the time', () => {
  const draft = draftState(state)
  const { current } = draft
  expect(draft.value.cart.items).toHaveLength(1)
  expect(draft.current).toBe(current)
  expect(draft.finish()).toBe(current)
})

test('what was taken from it throws when it is closed: a late change is not lost in silence', () => {
  const draft = draftState(state)
  const { items } = draft.value.cart
  draft.finish()
  expect(() => items.push(3)).toThrow(TypeError)
  expect(() => draft.value.cart).toThrow(TypeError)
})

test('after discard nothing of the changes is left', () => {
  const draft = draftState(state)
  draft.value.cart.items.push(2)
  draft.discard()
  expect(draft.current).toEqual(state)
  expect(draft.finish()).toEqual(state)
})

test('what no scope can hold is refused by its path, in the state and in a change', () => {
  expect(() => draftState({ a: () => 1 })).toThrow(expect.objectContaining({ code: 'invalid-state', path: ['a'] }))
  const draft = draftState<Record<string, unknown>>({})
  draft.value['b'] = { c: Symbol('x') }
  const refusal = expect.objectContaining({ code: 'invalid-state', path: ['b', 'c'] })
  expect(() => draft.current).toThrow(refusal)
  expect(() => draft.finish()).toThrow(refusal)
})
