import { expect, test } from 'vitest'
import { addToSet, append, inc, moveBy, removeFromSet } from '../../src/draft/operations.ts'
import { record } from '../../src/draft/record.ts'
import { putBack } from '../../src/merge/put-back.ts'
import { captureRoot } from '../../src/value/plain-data.ts'

const base = captureRoot({
  hits: 1,
  log: [1],
  flags: new Set(['a']),
  counts: { a: 1 },
  byKey: new Map<unknown, unknown>([[1, { n: 1 }]]),
  cart: [
    { sku: 'A', n: 1, tags: ['x'], name: 'first' },
    { sku: 'B', n: 1, tags: [], name: 'second' },
  ],
})

test('without its ops a draft of ops alone is the very base', () => {
  const recorded = record(base, (draft: Record<string, unknown>) => {
    inc(draft, 'hits', 1)
    inc(draft, 'absent', 1)
    inc(draft, ['counts', 'absent'], 1)
    inc(draft, ['byKey', 1, 'n'], 1)
    inc(draft, ['byKey', 'absent'], 1)
    inc(draft, ['cart', { sku: 'B' }, 'n'], 1)
    append(draft, ['cart', { sku: 'A' }, 'tags'], 'y')
    append(draft, ['counts', 'list'], 1)
    append(draft, 'log', 2)
    addToSet(draft, 'flags', 'b')
    removeFromSet(draft, 'flags', 'a')
  })
  expect(recorded?.ops).toHaveLength(11)
  expect(recorded && putBack(base, recorded, recorded.ops).state).toBe(base)
  const moved = record(base, (draft: Record<string, unknown>) => moveBy(draft, 'cart', 'sku', 'B', 0))
  expect(moved && putBack(base, moved, moved.ops).state).toBe(base)
})

test('what was edited plainly stays, and what was not is that of the base', () => {
  const recorded = record(base, (draft: { counts: Record<string, number>; cart: { sku: string; name: string }[] }) => {
    inc(draft, ['counts', 'a'], 1)
    draft.counts['b'] = 5
    inc(draft as object as Record<string, unknown>, ['cart', { sku: 'B' }, 'n'], 1)
    draft.cart.reverse()
    const [last] = draft.cart
    if (last) last.name = 'last'
  })
  expect(recorded?.ops).toHaveLength(2)
  const plain = recorded && putBack(base, recorded, recorded.ops).state
  const [first, second] = base['cart'] as unknown[]
  expect(plain).toEqual({ ...base, counts: { a: 1, b: 5 }, cart: [{ ...(second as object), name: 'last' }, first] })
  const { cart = [] } = (plain ?? {}) as { cart?: unknown[] }
  expect(cart[1]).toBe(first)
  expect(Object.isFrozen(plain) && Object.isFrozen(plain?.['counts'])).toBe(true)
})

test('what was deleted plainly beside an op stays deleted', () => {
  const full = captureRoot({ counts: { a: 1, b: 2 }, byKey: new Map([['a', 1], ['b', 2]]) }) // prettier-ignore
  const recorded = record(full, (draft: { counts: Record<string, number>; byKey: Map<string, number> }) => {
    inc(draft, ['counts', 'a'], 1)
    delete draft.counts['b']
    inc(draft, ['byKey', 'a'], 1)
    draft.byKey.delete('b')
  })
  expect(recorded?.ops).toHaveLength(2)
  const plain = recorded && putBack(full, recorded, recorded.ops).state
  expect(plain).toEqual({ counts: { a: 1 }, byKey: new Map([['a', 1]]) })
})

test('a new value is still one', () => {
  const recorded = record(base, (draft: { counts: Record<string, number> }) => {
    draft.counts = { a: 1, b: 2 }
    inc(draft, ['counts', 'a'], 1)
  })
  expect(recorded?.ops).toHaveLength(1)
  const plain = recorded && putBack(base, recorded, recorded.ops)
  expect(plain?.state['counts']).toEqual({ a: 1, b: 2 })
  expect(plain?.newValues).toContain(plain?.state['counts'])
})
