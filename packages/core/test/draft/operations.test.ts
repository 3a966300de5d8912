import { describe, expect, it } from 'vitest'
import type { OperationPath } from '../../src/draft/operation.ts'
import { addToSet, append, inc, moveBy, removeFromSet } from '../../src/draft/operations.ts'
import { type Recorded, openDraft, record } from '../../src/draft/record.ts'
import { InvalidArgumentError, InvalidStateError } from '../../src/errors.ts'
import { type State, captureRoot } from '../../src/value/plain-data.ts'

type Anything = Record<string, unknown>
type Change = (draft: Anything) => void

const base = captureRoot({
  hits: 5,
  total: 7n,
  'dotted.key': 1,
  name: 'x',
  log: [1],
  tags: ['a', { deep: [1] }],
  set: new Set<unknown>(['a', 1]),
  user: { logins: 1, none: null },
  cart: [
    { sku: 'A', qty: 1 },
    { sku: 'B', qty: 2, tags: [] },
    { sku: 'C', qty: 3 },
  ],
  byYear: { 2025: 7 },
  byId: new Map<unknown, unknown>([
    [1, { n: 1 }],
    ['1', 2],
  ]),
})

describe('an op changes the draft at once', () => {
  const cases: readonly (readonly [string, Change, Anything])[] = [
    ['inc adds', d => inc(d, 'hits', 2), { hits: 7 }],
    ['inc subtracts', d => inc(d, ['hits'], -0.5), { hits: 4.5 }],
    ['inc adds a bigint to a bigint', d => inc(d, 'total', 3n), { total: 10n }],
    ['inc begins an absent number at the amount', d => inc(d, 'visits', 2), { visits: 2 }],
    ['inc begins an absent bigint at the amount', d => inc(d, 'large', 2n), { large: 2n }],
    ['inc by -0 stores 0', d => inc(d, 'visits', -0), { visits: 0 }],
    ['a key with a dot is one segment', d => inc(d, 'dotted.key', 1), { 'dotted.key': 2 }],
    ['a number names a property as its text does', d => inc(d, ['byYear', 2026], 1), { byYear: { 2025: 7, 2026: 1 } }],
    [
      'what is inherited is absent',
      d => inc(d, ['user', 'hasOwnProperty'], 1),
      { user: { logins: 1, none: null, hasOwnProperty: 1 } },
    ],
    ['a path goes into objects', d => inc(d, ['user', 'logins'], 1), { user: { logins: 2, none: null } }],
    [
      'a number names the entry of a Map that has it as its key',
      d => inc(d, ['byId', 1, 'n'], 1),
      {
        byId: new Map<unknown, unknown>([[1, { n: 2 }], ['1', 2]]), // prettier-ignore
      },
    ],
    [
      'a text names another entry',
      d => inc(d, ['byId', '1'], 1),
      {
        byId: new Map<unknown, unknown>([[1, { n: 1 }], ['1', 3]]), // prettier-ignore
      },
    ],
    ['append pushes', d => append(d, 'log', 2, { x: 1 }), { log: [1, 2, { x: 1 }] }],
    [
      'append begins an absent list',
      d => append(d, ['user', 'seen'], 1),
      { user: { logins: 1, none: null, seen: [1] } },
    ],
    [
      'addToSet puts in what is missing, once',
      d => addToSet(d, 'set', 'b', 'a', 'b', 1),
      { set: new Set(['a', 1, 'b']) },
    ],
    [
      'addToSet compares deeply, in an array as in a Set',
      d => addToSet(d, 'tags', { deep: [1] }, { deep: [2] }, { deep: [2] }),
      { tags: ['a', { deep: [1] }, { deep: [2] }] },
    ],
    ['removeFromSet takes out', d => removeFromSet(d, 'set', 1, 'z'), { set: new Set(['a']) }],
    ['removeFromSet compares deeply', d => removeFromSet(d, 'tags', { deep: [1] }), { tags: ['a'] }],
    ['removeFromSet where nothing is does nothing', d => removeFromSet(d, 'absent', 1), {}],
    ['moveBy moves to an index', d => moveBy(d, 'cart', 'sku', 'C', 0), { cart: ordered('C', 'A', 'B') }],
    ['moveBy counts without the element', d => moveBy(d, 'cart', 'sku', 'A', 1), { cart: ordered('B', 'A', 'C') }],
    ['moveBy beyond the end moves to the end', d => moveBy(d, 'cart', 'qty', 1, 99), { cart: ordered('B', 'C', 'A') }],
  ]
  for (const [what, change, expected] of cases) {
    it(what, () => {
      expect(record(base, change as never)?.state ?? base).toEqual({ ...base, ...expected })
    })
  }

  it('an element is the first one with the property', () => {
    const change = (draft: Anything): void => inc(draft, ['cart', { sku: 'B' }, 'qty'], 5)
    expect(record(base, change as never)?.state['cart']).toEqual([
      { sku: 'A', qty: 1 },
      { sku: 'B', qty: 7, tags: [] },
      { sku: 'C', qty: 3 },
    ])
  })

  it('and its effect is seen by what comes after it', () => {
    const recorded = record(base, (draft: { hits: number; log: unknown[] }) => {
      inc(draft, 'hits', 1)
      append(draft, 'log', { n: draft.hits })
      // What was put in is a part of the draft like any other.
      ;(draft.log[1] as { n: number }).n *= 10
    })
    expect(recorded?.state).toMatchObject({ hits: 6, log: [1, { n: 60 }] })
  })
})

describe('an op that cannot be done throws, and leaves the draft as it was', () => {
  const cases: readonly (readonly [string, Change, unknown[] | 'argument'])[] = [
    ['inc of a text', d => inc(d, 'name', 1), ['name']],
    ['inc of null', d => inc(d, ['user', 'none'], 1), ['user', 'none']],
    ['inc of a bigint by a number', d => inc(d, 'total', 1), ['total']],
    ['inc of a number by a bigint', d => inc(d, 'hits', 1n), ['hits']],
    ['inc by Infinity', d => inc(d, 'hits', Infinity), 'argument'],
    ['inc by NaN', d => inc(d, 'hits', NaN), 'argument'],
    ['inc by a text', d => inc(d, 'hits', '1' as never), 'argument'],
    ['inc where the parent is missing', d => inc(d, ['nobody', 'logins'], 1), ['nobody']],
    ['inc inside a leaf', d => inc(d, ['name', 'length'], 1), ['name']],
    ['inc inside a Set', d => inc(d, ['set', 'a', 'x'], 1), ['set']],
    ['inc of an element that is missing', d => inc(d, ['cart', { sku: 'Z' }, 'qty'], 1), ['cart']],
    ['inc of an element', d => inc(d, ['cart', { sku: 'A' }], 1), ['cart', 0]],
    ['an index', d => inc(d, ['cart', 0, 'qty'], 1), 'argument'],
    ['an index as a text', d => inc(d, ['cart', '0', 'qty'], 1), 'argument'],
    ['the length of an array', d => inc(d, ['cart', 'length'], 1), 'argument'],
    ['an element by two properties', d => inc(d, ['cart', { sku: 'A', qty: 1 }, 'qty'], 1), 'argument'],
    ['an element by no property', d => inc(d, ['cart', {}, 'qty'], 1), 'argument'],
    ['an element by an object', d => inc(d, ['cart', { sku: { x: 1 } as never }, 'qty'], 1), 'argument'],
    ['an element of an object', d => inc(d, [{ sku: 'A' }, 'qty'] as OperationPath, 1), 'argument'],
    ['a property by a boolean', d => inc(d, ['user', true], 1), 'argument'],
    ['a path of a symbol', d => inc(d, Symbol('s') as unknown as string, 1), 'argument'],
    ['an empty path', d => inc(d, [] as OperationPath, 1), 'argument'],
    ['a reserved key', d => inc(d, ['user', '__proto__', 'x'], 1), ['__proto__']],
    ['what is inherited', d => append(d, ['user', 'toString', 'x'], 1), ['user', 'toString']],
    ['append to an object', d => append(d, 'user', 1), ['user']],
    ['append to a Set', d => append(d, 'set', 1), ['set']],
    ['append of what cannot be stored', d => append(d, 'log', 1, { f: () => 1 }), ['log', 'f']],
    ['append of undefined', d => append(d, 'log', undefined), ['log']],
    ['addToSet where nothing is: Set or array?', d => addToSet(d, 'absent', 1), ['absent']],
    ['addToSet to a Map', d => addToSet(d, 'byId', 1), ['byId']],
    ['removeFromSet from a number', d => removeFromSet(d, 'hits', 1), ['hits']],
    ['moveBy of a missing element', d => moveBy(d, 'cart', 'sku', 'Z', 0), ['cart']],
    ['moveBy where nothing is', d => moveBy(d, 'absent', 'sku', 'Z', 0), ['absent']],
    ['moveBy in a Set', d => moveBy(d, 'set', 'sku', 'Z', 0), ['set']],
    ['moveBy to a negative index', d => moveBy(d, 'cart', 'sku', 'A', -1), 'argument'],
    ['moveBy to half an index', d => moveBy(d, 'cart', 'sku', 'A', 0.5), 'argument'],
    ['moveBy by an object', d => moveBy(d, 'cart', 'sku', {} as never, 0), 'argument'],
    ['moveBy by no property', d => moveBy(d, 'cart', undefined as never, 'A', 0), 'argument'],
  ]
  for (const [what, change, where] of cases) {
    it(what, () => {
      const error = errorIn(change)
      expect(error).toBeInstanceOf(where === 'argument' ? InvalidArgumentError : InvalidStateError)
      if (where !== 'argument') expect((error as InvalidStateError).path).toEqual(where)
    })
  }

  it('and says which op and which path', () => {
    const error = errorIn(draft => inc(draft, ['cart', { sku: 'Z' }, 'qty'], 1)) as Error
    expect(error.message).toContain('inc of /cart/{sku: Z}/qty')
  })

  it('also where the sum would be no finite number', () => {
    const huge = captureRoot({ n: Number.MAX_VALUE, nan: NaN })
    const change = (draft: { n: number; nan: number }): void => {
      expect(() => inc(draft, 'n', Number.MAX_VALUE)).toThrow(InvalidStateError)
      expect(() => inc(draft, 'nan', 1)).toThrow(InvalidStateError)
    }
    expect(record(huge, change)).toBeUndefined()
  })

  function errorIn(change: Change): unknown {
    let caught: unknown
    const recorded = record(base, (draft: Anything) => {
      try {
        change(draft)
      } catch (error) {
        caught = error
      }
    })
    expect(recorded).toBeUndefined()
    return caught
  }
})

describe('the first argument of an op is a whole draft that is open', () => {
  const refused = (draft: object): void => expect(() => inc(draft as Anything, 'n', 1)).toThrow(InvalidArgumentError)

  it('and not a part of one, a state, or anything else', () => {
    record(base, (draft: { user: object }) => {
      refused(draft.user)
    })
    refused(base)
    refused({ n: 1 })
    refused(null as never)
    refused('draft' as never)
  })

  it('and not one that was finished, discarded, or kept from a recipe', () => {
    const [finished, discarded] = [openDraft<Anything>(base), openDraft<Anything>(base)]
    const values = [finished.value, discarded.value]
    finished.finish()
    discarded.discard()
    for (const value of values) refused(value)
    let kept: object = {}
    record(base, draft => void (kept = draft))
    refused(kept)
  })

  it('in a recipe that runs inside another one, also that of the outer one', () => {
    let inner: Recorded | undefined
    const outer = record(base, (draft: Anything) => {
      inner = record(base, (other: Anything) => {
        inc(draft, 'hits', 1)
        inc(other, 'hits', 10)
      })
      inc(draft, 'hits', 1)
    })
    expect(outer?.state['hits']).toBe(7)
    expect(outer?.ops).toHaveLength(2)
    expect(inner?.state['hits']).toBe(15)
  })

  it('and a recipe that throws leaves none behind', () => {
    let kept: object = {}
    const failing = (draft: object): never => {
      kept = draft
      throw new Error('mine')
    }
    expect(() => record(base, failing)).toThrow('mine')
    refused(kept)
  })
})

describe('what an op is given', () => {
  it('is copied: the caller’s own object is neither frozen nor shared', () => {
    const mine = { list: [1], at: new Date(5), bytes: new Uint8Array([1]) }
    const recorded = record(base, (draft: { log: unknown[] }) => {
      append(draft, 'log', mine)
      mine.list.push(2)
      mine.bytes[0] = 9
    })
    expect(recorded?.state['log']).toEqual([1, { list: [1], at: new Date(5), bytes: new Uint8Array([1]) }])
    expect(recorded?.ops[0]?.args).toEqual([{ list: [1], at: new Date(5), bytes: new Uint8Array([1]) }])
    expect(Object.isFrozen(mine)).toBe(false)
  })

  it('may be a part of the draft', () => {
    const recorded = record(base, (draft: { log: unknown[]; user: { logins: number } }) => {
      draft.user.logins = 9
      append(draft, 'log', draft.user)
      draft.user.logins = 10
    })
    expect(recorded?.state['log']).toEqual([1, { logins: 9, none: null }])
  })

  it('is done to containers that were frozen when they were put into the draft', () => {
    const recorded = record(base, (draft: Anything) => {
      draft['user'] = Object.freeze({ logins: 3, list: Object.freeze([1]) })
      draft['set'] = base['set']
      inc(draft, ['user', 'logins'], 1)
      append(draft, ['user', 'list'], 2)
      addToSet(draft, 'set', 'new')
    })
    expect(recorded?.state).toMatchObject({ user: { logins: 4, list: [1, 2] }, set: new Set(['a', 1, 'new']) })
  })

  it('finds the first element also among those that the draft has changed, added and moved', () => {
    const recorded = record(base, (draft: { cart: { sku: string; qty: number }[] }) => {
      inc(draft, ['cart', { sku: 'A' }, 'qty'], 1)
      draft.cart.unshift({ sku: 'C', qty: 100 })
      inc(draft, ['cart', { sku: 'C' }, 'qty'], 1)
      draft.cart.reverse()
      inc(draft, ['cart', { sku: 'C' }, 'qty'], 1)
      addToSet(draft, 'cart', { sku: 'A', qty: 2 }, { sku: 'A', qty: 1 })
      removeFromSet(draft, 'cart', { sku: 'B', qty: 2, tags: [] } as never)
      moveBy(draft, 'cart', 'qty', 1, 0)
    })
    expect(recorded?.state['cart']).toEqual([
      { sku: 'A', qty: 1 },
      { sku: 'C', qty: 4 },
      { sku: 'A', qty: 2 },
      { sku: 'C', qty: 101 },
    ])
  })

  it('is no path any more after the call', () => {
    const path = ['user', 'logins']
    const recorded = record(base, (draft: Anything) => {
      inc(draft, path, 1)
      path[1] = 'other'
    })
    expect(recorded?.ops[0]?.path).toEqual(['user', 'logins'])
  })
})

describe('an open draft', () => {
  it('shows the ops so far, goes on, and records all at the end', () => {
    const draft = openDraft<{ hits: number; log: number[] }>(base)
    inc(draft.value, 'hits', 1)
    const seen = draft.peek()
    append(draft.value, 'log', 2)
    expect(seen?.ops.map(({ name }) => name)).toEqual(['inc'])
    expect(draft.finish()?.ops.map(({ name }) => name)).toEqual(['inc', 'append'])
  })
})

function ordered(...names: readonly string[]): readonly unknown[] {
  const { cart } = base as State & { cart: readonly { sku: string }[] }
  return names.map(name => cart.find(({ sku }) => sku === name))
}
