import { describe, expect, test } from 'vitest'
import { type Tried, judge } from './judge.ts'
import { type Operation, type Sheet, definitions } from './sheet.ts'

// The judge of all the other tests here must see each fault that a store of scopes can have.

const operations: readonly Operation[] = [
  { mark: 'field', way: 'update', type: 'field', side: 'left', value: 7 },
  { mark: 'push', way: 'draft', type: 'push' },
  { mark: 'later', way: 'draft', type: 'push' },
  { mark: 'member', way: 'draft', type: 'member' },
  { mark: 'appended', way: 'draft', type: 'append' },
  { mark: 'joined', way: 'draft', type: 'join' },
  { mark: 'hit', way: 'update', type: 'hit' },
  { mark: 'visit', way: 'draft', type: 'visit' },
  { mark: 'added', way: 'draft', type: 'add', amount: 5 },
  { mark: 'bought', way: 'draft', type: 'buy', sku: 'lens' },
  { mark: 'bought too', way: 'update', type: 'buy', sku: 'lens' },
  { mark: 'edit', way: 'draft', type: 'edit', thing: 'bell' },
  { mark: 'vain', way: 'draft', type: 'edit', thing: 'drum' },
  { mark: 'remove', way: 'draft', type: 'remove', thing: 'drum' },
]

const done: readonly Tried[] = operations.map((operation, index) => ({
  operation,
  outcome: { type: 'done', version: index + 1 },
}))

/** What those operations leave. */
function sheet(): Sheet {
  const value = structuredClone(definitions.session.initialState()) as unknown as Sheet
  return Object.assign(value, {
    done: Object.fromEntries(operations.map(({ mark }) => [mark, true])),
    halves: { left: { field: 7 }, right: {} },
    list: ['push', 'later', 'appended'],
    notes: new Map([['member', 'by member']]),
    members: new Set(['member', 'joined']),
    hits: 1,
    visits: 1,
    total: 5,
    cart: [{ sku: 'lens', pieces: 2 }],
    pool: { anvil: {}, bell: { edit: true }, candle: {}, easel: {}, flute: {} },
  })
}

test('a sheet with every operation once is faultless, also when some of their callers never learned it', () => {
  expect(judge({ value: sheet(), version: operations.length }, done)).toEqual([])
  const some = done.map(({ operation }, index): Tried => ({
    operation,
    outcome: index % 2 ? { type: 'unknown' } : { type: 'done' },
  }))
  expect(judge({ value: sheet(), version: operations.length }, some)).toEqual([])
})

test('an operation of unknown outcome may be missing as a whole', () => {
  const value = sheet()
  delete value.done['push']
  value.list.shift()
  const tried = done.map(({ operation }): Tried => ({ operation, outcome: { type: 'unknown' } }))
  expect(judge({ value, version: operations.length - 1 }, tried)).toEqual([])
})

describe('a fault is told:', () => {
  const faults: readonly (readonly [name: string, damage: (value: Sheet) => void, complaint: string])[] = [
    ['an acknowledged operation is lost', value => delete value.done['hit'], 'lost: hit hit'],
    ['a field is lost', value => delete value.halves.left['field'], 'field 7 is there 0 times instead of 1'],
    ['a field has the value of another', value => (value.halves.left['field'] = 8), 'field 8 is there 1 times'],
    ['a push is lost', value => value.list.pop(), 'appended is there 0 times'],
    ['a push is there twice', value => value.list.push('push'), 'push is there 2 times'],
    ['pushes change places', value => value.list.reverse(), 'list: later of version 3 stands after version 5'],
    ['an entry of a Map is lost', value => value.notes.clear(), 'notes: member'],
    ['a member of a Set is lost', value => value.members.clear(), 'member is there 0 times instead of 1'],
    ['a count is lost', value => value.hits--, 'hits: 0 instead of 1'],
    ['a count is made twice', value => value.hits++, 'hits: 2 instead of 1'],
    ['a visit is lost', value => (value.visits = 0), 'visits: 0 instead of 1'],
    ['a sum is too small', value => (value.total = 4), 'total: 4 instead of 5'],
    ['a piece is lost', value => (value.cart = [{ sku: 'lens', pieces: 1 }]), 'cart: 1 lens is there 1 times'],
    ['an article has two lines', value => value.cart.push({ sku: 'lens', pieces: 2 }), '2 lens is there 2 times'],
    ['a removed thing comes back', value => (value.pool['drum'] = {}), 'pool: drum is there 1 times'],
    ['a thing vanishes that nobody removed', value => delete value.pool['bell'], 'pool: bell is there 0 times'],
    ['an edit is lost', value => (value.pool['bell'] = {}), 'bell: edit is there 0 times'],
    ['something is there that nobody wrote', value => (value.done['ghost'] = true), 'nobody wrote it: ghost'],
  ]
  test.each(faults)('%s', (_name, damage, complaint) => {
    const value = sheet()
    damage(value)
    expect(judge({ value, version: operations.length }, done).join('\n')).toContain(complaint)
  })

  test('a version is missing or too many', () => {
    expect(judge({ value: sheet(), version: 99 }, done)).toEqual(['14 operations made 99 versions'])
  })

  test('an operation that failed is there', () => {
    const failed = done.map((tried, index): Tried =>
      index === 3 ? { ...tried, outcome: { type: 'none', code: 'conflict' } } : tried,
    )
    expect(judge({ value: sheet(), version: operations.length }, failed)).toEqual([
      'failed and is there: member member',
    ])
  })

  test('one version is told to two callers', () => {
    const twice = done.map((tried, index): Tried =>
      index === 3 ? { ...tried, outcome: { type: 'done', version: 8 } } : tried,
    )
    expect(judge({ value: sheet(), version: operations.length }, twice)).toEqual([
      'version 8 is that of member and of visit',
    ])
  })
})
