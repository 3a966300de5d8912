import { describe, expect, it } from 'vitest'
import { applyDiff, foldDiffs } from '../../src/diff/apply.ts'
import { record } from '../../src/draft/record.ts'
import { UnreadableDocumentError } from '../../src/errors.ts'
import { type State, captureRoot } from '../../src/value/plain-data.ts'
import { orderedText } from '../diff/ordered-text.ts'

const state = captureRoot({
  n: 1,
  list: ['a', 'b', { id: 1, t: 'x' }],
  map: new Map<unknown, unknown>([['k', { v: 1 }], [1, 'one']]), // prettier-ignore
  set: new Set<unknown>([1, 'a', { m: 1 }]),
  deep: { inner: { value: 1 }, other: {} },
})

describe('a fold', () => {
  const folds: readonly (readonly [string, unknown, string])[] = [
    ['writes a property', [2, 'n', [0, 5]], '5'],
    ['deletes an element by runs', [2, 'list', [3, 3, [0, 1, 2, 1]]], '["a", {"id": 1, "t": "x"}]'],
    ['inserts elements', [2, 'list', [3, 3, [0, 1, ['n', 'm'], 1, 2]]], '["a", "n", "m", "b", {"id": 1, "t": "x"}]'],
    [
      'moves and edits an element',
      [2, 'list', [3, 3, [2, 1, 0, 1], [2, [2, 't', [0, 'y']]]]],
      '[{"id": 1, "t": "y"}, "a"]',
    ],
    ['writes a place of an array', [2, 'list', [3, 3, 0, [1, [0, null]]]], '["a", null, {"id": 1, "t": "x"}]'],
    ['empties an array', [2, 'list', [3, 3, []]], '[]'],
    [
      'edits, adds and deletes Map entries',
      [2, 'map', [4, 'k', [2, 'v', [0, 2]], '1', [0, 2], 1, [1]]],
      'Map{"k": {"v": 2}, "1": 2}',
    ],
    [
      'removes Set members by value and adds some',
      [2, 'set', [5, [1, { m: 1 }], [2, { m: 1 }]]],
      'Set{"a", 2, {"m": 1}}',
    ],
  ]
  for (const [what, diff, expected] of folds) {
    it(what, () => {
      const key = (diff as [number, string])[1]
      expect(orderedText(applyDiff(structuredClone(diff), state).state[key])).toBe(expected)
    })
  }

  it('keeps every part that it does not touch the same object, and freezes what it makes', () => {
    const { state: next } = applyDiff([2, 'deep', [2, 'inner', [2, 'value', [0, 2]]]], state)
    const [before, after] = [state['deep'], next['deep']] as { inner: object; other: object }[]
    expect(after?.other).toBe(before?.other)
    expect(next['list']).toBe(state['list'])
    expect(Object.isFrozen(next) && Object.isFrozen(after) && Object.isFrozen(after?.inner)).toBe(true)
    expect(state['deep']).toEqual({ inner: { value: 1 }, other: {} })
  })

  it('removes the first of equal Set members, in the writer as in a reader', () => {
    const base = captureRoot({ s: new Set<unknown>([{ id: 1 }, 'x', { id: 1 }]) })
    const recorded = record(base, (draft: { s: Set<unknown> }) => void draft.s.delete([...draft.s][2]))
    expect(orderedText(recorded?.state)).toBe('{"s": Set{"x", {"id": 1}}}')
    expect(orderedText(applyDiff(structuredClone(recorded?.diff), base).state)).toBe(orderedText(recorded?.state))
  })

  it('can be repeated: the same diff on the same state gives equal states that share its values', () => {
    const diff = [2, 'n', [0, { big: [1, 2] }]]
    expect(applyDiff(diff, state).state['n']).toBe(applyDiff(diff, state).state['n'])
  })
})

describe('new values (merge rule 14)', () => {
  it('are the containers that a diff writes or inserts', () => {
    const { state: next, newValues } = applyDiff(
      [2, 'n', [0, {}], 'list', [3, 3, [0, 3, [[1]]]], 'deep', [2, 'x', [0, 1]]],
      state,
    )
    expect(newValues).toEqual(new Set([next['n'], (next['list'] as unknown[])[3]]))
  })

  it('stay new when a later diff of the same fold edits them, and only then', () => {
    const diffs = [
      [2, 'deep', [0, { inner: { value: 5 } }]],
      [2, 'deep', [2, 'inner', [2, 'value', [0, 6]]]],
    ]
    const { state: next, newValues } = foldDiffs(diffs, state)
    expect(newValues.has(next['deep'] as object)).toBe(true)
    expect(applyDiff(diffs[1], applyDiff(diffs[0], state).state).newValues.size).toBe(0)
  })
})

describe('a diff is refused', () => {
  const refused: readonly (readonly [string, unknown])[] = [
    ['when it is no node', 5],
    ['when it is undefined', undefined],
    ['when it is an empty node', []],
    ['when it has an unknown tag', [7, 1]],
    ['when an object node is empty', [2]],
    ['when a key has no node', [2, 'n']],
    ['when a write has no value', [2, 'n', [0]]],
    ['when a write has two values', [2, 'n', [0, 1, 2]]],
    ['when the kind differs', [2, 'list', [2, 'x', [0, 1]]]],
    ['when it edits a leaf', [2, 'n', [2, 'x', [0, 1]]]],
    ['when it edits an absent key', [2, 'none', [2, 'x', [0, 1]]]],
    ['when it edits what an object inherits', [2, 'toString', [2, 'x', [0, 1]]]],
    ['when it deletes an absent key', [2, 'none', [1]]],
    ['when it deletes with a value', [2, 'n', [1, 1]]],
    ['when it deletes the state', [1]],
    ['when it makes the state something else', [0, [1]]],
    ['when it names a key twice', [2, 'n', [0, 1], 'n', [0, 2]]],
    ['when it names a property by a number', [2, 1, [0, 1]]],
    ['when it deletes an absent Map entry', [2, 'map', [4, '1', [1]]]],
    ['when a Map key is an object', [2, 'map', [4, {}, [0, 1]]]],
    ['when the array length differs', [2, 'list', [3, 2, [0, 1]]]],
    ['when an array node changes nothing', [2, 'list', [3, 3, 0]]],
    ['when an array node has no script', [2, 'list', [3, 3]]],
    ['when a run goes beyond the array', [2, 'list', [3, 3, [1, 3]]]],
    ['when a run is empty', [2, 'list', [3, 3, [1, 0]]]],
    ['when a run has no count', [2, 'list', [3, 3, [1]]]],
    ['when a run is negative', [2, 'list', [3, 3, [-1, 1]]]],
    ['when a run is a fraction', [2, 'list', [3, 3, [0.5, 1]]]],
    ['when an element is used twice', [2, 'list', [3, 3, [0, 2, 1, 1]]]],
    ['when it inserts nothing', [2, 'list', [3, 3, [0, 3, []]]]],
    ['when it edits an element that it drops', [2, 'list', [3, 3, [0, 2], [2, [2, 't', [0, 1]]]]]],
    ['when it deletes an element by an edit', [2, 'list', [3, 3, 0, [1, [1]]]]],
    ['when edits do not ascend', [2, 'list', [3, 3, 0, [1, [0, 1], 0, [0, 1]]]]],
    ['when edits repeat', [2, 'list', [3, 3, 0, [1, [0, 1], 1, [0, 1]]]]],
    ['when edits are beyond the array', [2, 'list', [3, 3, 0, [3, [0, 1]]]]],
    ['when edits are an empty list', [2, 'list', [3, 3, 0, []]]],
    ['when it removes a Set member that is not there', [2, 'set', [5, [9], []]]],
    ['when it removes a Set member twice', [2, 'set', [5, [1, 1], []]]],
    ['when it removes an object that is not there', [2, 'set', [5, [{ m: 2 }], []]]],
    ['when it adds a Set member that is there', [2, 'set', [5, [], ['a']]]],
    ['when a Set node is empty', [2, 'set', [5, [], []]]],
    ['when a Set node is no two lists', [2, 'set', [5, [1]]]],
    ['when it has a foreign value', [2, 'n', [0, /x/]]],
    ['when it is nested too deeply', Array.from({ length: 300 }).reduce(node => [2, 'n', node], [0, 1])],
    ['when it has a reserved key', [2, '__proto__', [0, 1]]],
    ['when it edits a reserved key', [2, 'deep', [2, 'constructor', [2, 'prototype', [0, 'polluted']]]]],
    ['when a Map node has a reserved key', [2, 'map', [4, 'prototype', [0, 1]]]],
    ['when a reserved key hides in an array', [2, ['__proto__'], [0, 1]]],
    ['when a value has a reserved key', [2, 'n', [0, { a: [JSON.parse('{"__proto__":1}')] }]]],
  ]
  for (const [when, diff] of refused) {
    it(when, () => {
      const before = orderedText(state)
      expect(() => applyDiff(diff, state)).toThrow(UnreadableDocumentError)
      expect(orderedText(state)).toBe(before)
      expect(({} as State)['polluted']).toBeUndefined()
    })
  }
})
