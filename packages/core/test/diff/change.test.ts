import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { applyDiff } from '../../src/diff/apply.ts'
import { pack, unpack } from '../../src/document/packer.ts'
import { record } from '../../src/draft/record.ts'
import { entriesOf } from '../../src/value/entries.ts'
import { isContainer } from '../../src/value/kind.ts'
import { type State, captureRoot } from '../../src/value/plain-data.ts'
import { orderedText } from './ordered-text.ts'
import { propertySettings, randomEdit, randomState, runEdit } from './random-edits.ts'

type Anything = Record<string, unknown>

vi.setConfig({ testTimeout: 300_000 })

const settings = propertySettings(200)

it('the state of a recorded change is the fold of its diff: in content, in order, and in what it shares with its base', () => {
  fc.assert(
    fc.property(randomState, randomEdit, (make, edit) => {
      const base = captureRoot(make())
      expectFold(base, draft => runEdit(draft, edit))
    }),
    settings,
  )
})

describe('an object of many properties', () => {
  const date = new Date(5)
  const wide = (): Anything => ({
    ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`key${index}`, index])),
    10: 'ten',
    nothing: NaN,
    date,
    bytes: new Uint8Array([1]),
    inner: { first: 1, second: [1] },
    map: new Map([['k', { n: 1 }]]),
    zero: 0,
  })
  const cases: Readonly<Record<string, (draft: Anything) => unknown>> = {
    'one number': draft => (draft['key3'] = 99),
    'a zero that becomes a negative one, beside a change': draft =>
      Object.assign(draft, { zero: -0, nothing: NaN, key1: -0 }),
    'a zero at the end, deleted and put back as a negative one': draft => {
      delete draft['zero']
      Object.assign(draft, { zero: -0, key1: 'x' })
    },
    'leaves assigned as equal ones, beside a change': draft =>
      Object.assign(draft, { date: new Date(5), bytes: new Uint8Array([1]), key1: 'x' }),
    'a container assigned as an equal one of another order, beside a change': draft =>
      Object.assign(draft, { inner: { second: [1], first: 1 }, key1: 'x' }),
    'a part that is changed and changed back, beside a change': draft => {
      const inner = draft['inner'] as { first: number }
      inner.first = 2
      inner.first = 1
      draft['key1'] = 'x'
    },
    'a property added at the end': draft => (draft['last'] = { n: 1 }),
    'a property added that is ordered first': draft => (draft['5'] = 1),
    'a property set to undefined, one added as undefined': draft =>
      Object.assign(draft, { key3: undefined, added: undefined, key4: 1 }),
    'a property deleted and put back': draft => {
      const { key3 } = draft
      delete draft['key3']
      draft['key3'] = key3
      draft['key4'] = 1
    },
    'a property deleted, another added': draft => {
      delete draft['key3']
      draft['last'] = 1
    },
    'a change far below': draft => ((draft['map'] as Map<string, { n: number }>).get('k') ?? { n: 0 }).n++,
  }

  for (const [name, recipe] of Object.entries(cases)) {
    it(`is what a reader folds: ${name}`, () => {
      expectFold(captureRoot(wide()), recipe)
      expectFold(captureRoot({ below: wide(), list: [wide()] }), draft => {
        recipe(draft['below'] as Anything)
        recipe((draft['list'] as [Anything])[0])
      })
    })
  }
})

describe('what the caller put in', () => {
  const own = (): { n: number; deep: { n: number } } => ({ n: 1, deep: { n: 1 } })
  const base = captureRoot({ list: [{ user: { n: 0, deep: { n: 0 } }, n: 0 }], other: { n: 0 } })
  type Draft = Anything & { list: [{ user: unknown; n: number }]; other: Anything }

  const tricks: Readonly<Record<string, (draft: Draft, value: object) => unknown>> = {
    'in the place of an object': (draft, value) => (draft.list[0].user = value),
    'in an object that then stands at two places': (draft, value) => {
      draft.list[0].user = value
      draft['copy'] = [...draft.list]
    },
    'in an object that stood at two places for a while': (draft, value) => {
      draft.list[0].user = value
      draft.list[0].n = 1
      draft['copy'] = [...draft.list]
      draft['again'] = { inner: draft.list[0] }
      delete draft['copy']
      delete draft['again']
    },
    'in an object that was moved': (draft, value) => {
      const [first] = draft.list
      first.user = value
      draft.other['first'] = first
      draft.list.pop()
    },
    'in an array of drafts that took the place of the old one': (draft, value) => {
      draft.list[0].user = value
      draft.list = [draft.list[0]]
      draft.list[0].n = 3
    },
  }
  for (const [name, trick] of Object.entries(tricks)) {
    it(`is neither frozen nor changed nor part of the state: ${name}`, () => {
      const mine = own()
      const state = expectFold(base, draft => trick(draft as Draft, mine))
      const text = orderedText(state)
      expect(mine).toEqual(own())
      expect([mine, mine.deep].some(Object.isFrozen)).toBe(false)
      mine.n = 9
      mine.deep.n = 9
      expect(orderedText(state)).toBe(text)
    })
  }
})

/** The recorded state, after it was found to be just what everybody else makes of the diff. */
function expectFold(base: State, recipe: (draft: Anything) => unknown): State {
  const before = orderedText(base)
  const recorded = record(base, recipe)
  expect(orderedText(base)).toBe(before)
  if (recorded === undefined) return base
  expect(orderedText(recorded.state)).toBe(orderedText(applyDiff(unpack(pack(recorded.diff)), base).state))
  expectSameSharing(recorded.state, applyDiff(recorded.diff, base).state, new Set(containersOf(base)))
  expect(containersOf(recorded.state).every(Object.isFrozen)).toBe(true)
  return recorded.state
}

/** Both have the containers of the base, and Dates, at the same places. */
function expectSameSharing(left: unknown, right: unknown, ofBase: ReadonlySet<unknown>): void {
  if (ofBase.has(left) || ofBase.has(right)) return expect(left).toBe(right)
  if (!isContainer(left) || !isContainer(right)) return
  const others = [...entriesOf(right)]
  for (const [index, [, part]] of [...entriesOf(left)].entries()) expectSameSharing(part, others[index]?.[1], ofBase)
}

function containersOf(value: unknown): object[] {
  if (value instanceof Date) return [value]
  return isContainer(value) ? [value, ...[...entriesOf(value)].flatMap(([, part]) => containersOf(part))] : []
}
