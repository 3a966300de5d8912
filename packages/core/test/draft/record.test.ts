import { describe, expect, it } from 'vitest'
import { applyDiff } from '../../src/diff/apply.ts'
import { pack, unpack } from '../../src/document/packer.ts'
import { openDraft, record } from '../../src/draft/record.ts'
import { InvalidArgumentError, InvalidStateError } from '../../src/errors.ts'
import { type State, adopt, captureRoot } from '../../src/value/plain-data.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { hasReportedCases, reportedEdits } from '../reported-values.ts'

type Anything = Record<string, unknown>

describe.skipIf(!hasReportedCases)('the reported edits (skipped where shared/reported-cases is not at hand)', () => {
  for (const reported of reportedEdits) {
    it(`${reported.id}: writer and reader have what is right`, () => {
      const base = captureRoot(reported.base())
      const run = (): State | undefined => {
        const recorded = record(base, draft => reported.recipe(draft))
        if (recorded === undefined) return undefined
        const read = applyDiff(unpack(pack(recorded.diff)), adopt(unpack(pack(base))) as State).state
        expect(orderedText(read)).toBe(orderedText(recorded.state))
        return recorded.state
      }
      if (reported.expect === 'refused' || reported.id === 'return-new-root') {
        expect(run).toThrow()
        return
      }
      const state = run()
      if (reported.noWrite === true) expect(state).toBeUndefined()
      else if (reported.allowed) expect(reported.allowed.map(orderedText)).toContain(orderedText(state))
      else expect(state).toEqual(reported.after?.())
      if (reported.shared) {
        reported.shared.n = 2
        expect(state).toEqual(reported.after?.())
      }
    })
  }
})

describe('a recipe', () => {
  const base = captureRoot({ n: 1, list: [{ a: 1 }], map: new Map([['k', 1]]), user: { id: 1 } })

  it('that returns a promise is refused, and records nothing; its late failure ends nothing', async () => {
    const recipe = async (draft: { n: number }): Promise<void> => {
      draft.n = 2
      await Promise.resolve()
      draft.n = 3
    }
    expect(() => record(base, recipe)).toThrow(InvalidArgumentError)
    expect(() => record(base, () => Promise.reject(new Error('late')))).toThrow(InvalidArgumentError)
    await new Promise(resolve => setImmediate(resolve))
  })

  it('that returns a new state instead of changing the draft is refused', () => {
    expect(() => record(base, () => ({ n: 2 }))).toThrow(InvalidArgumentError)
  })

  it('may be an expression: what that happens to return does not count', () => {
    const recipes: ((draft: Anything & { n: number; list: unknown[]; map: Map<string, number> }) => unknown)[] = [
      draft => draft.n++,
      draft => (draft['user'] = { id: 2 }),
      draft => draft.list.splice(0, 1),
      draft => draft.map.set('k', 2),
      draft => Object.assign(draft, { n: 2 }),
      draft => draft.list.push({}) && [],
    ]
    for (const recipe of recipes) expect(record(base, recipe)).toBeDefined()
    expect(record(base, draft => draft)).toBeUndefined()
    expect(record(base, (draft: typeof base) => draft['list'])).toBeUndefined()
  })

  it('that throws records nothing, and its error comes through as it is', () => {
    const error = new Error('mine')
    const recipe = (draft: { n: number }): never => {
      draft.n = 2
      throw error
    }
    expect(() => record(base, recipe)).toThrow(error)
    expect(base['n']).toBe(1)
  })

  it('that puts in what cannot be stored is refused with the path', () => {
    const cases: readonly (readonly [(draft: Anything) => unknown, unknown[]])[] = [
      [d => (d['x'] = { y: [() => 1] }), ['x', 'y', 0]],
      [d => (d['list'] as unknown[]).push(Symbol('s')), ['list', 1]],
      [d => (d['constructor'] = 1), ['constructor']],
      [d => ((d['user'] as Anything)['\ud800'] = 1), ['user', '\ud800']],
      [d => ((d['user'] as Record<symbol, unknown>)[Symbol('s')] = 1), ['user']],
      [d => (d['user'] = new (class User { id = 1 })()), ['user']], // prettier-ignore
      [d => (d['map'] = new (class Bag extends Map {})()), ['map']],
      [d => (d['list'] = Object.assign([...(d['list'] as [])], { total: 1 })), ['list']],
      [
        d => (d['user'] = Object.defineProperty({ id: 1 }, 'name', { enumerable: true, get: () => 1 })),
        ['user', 'name'],
      ],
      [d => (d['user'] = Object.freeze({ id: 1, list: d['list'] })), ['user', 'list']],
      [d => (d['x'] = new Set([d['user']])), ['x', 0]],
    ]
    for (const [recipe, path] of cases) {
      const error = errorOf(() => record(base, recipe))
      expect(error).toBeInstanceOf(InvalidStateError)
      expect((error as InvalidStateError).path).toEqual(path)
    }
    expect(base).toEqual({ n: 1, list: [{ a: 1 }], map: new Map([['k', 1]]), user: { id: 1 } })
  })

  it('that makes the draft hold itself is refused', () => {
    const error = errorOf(() =>
      record(base, (draft: Anything) => ((draft['user'] as Anything)['self'] = draft['user'])),
    )
    expect(error).toBeInstanceOf(InvalidStateError)
  })

  it('that puts properties on an array is refused, also where immer lets it pass', () => {
    const before = process.env['NODE_ENV']
    process.env['NODE_ENV'] = 'production'
    try {
      const recipe = (draft: { list: unknown[] & { total?: number } }): unknown => (draft.list.total = 3)
      expect(errorOf(() => record(base, recipe))).toBeInstanceOf(InvalidStateError)
    } finally {
      process.env['NODE_ENV'] = before
    }
  })

  it('may put one part of the draft at any number of places, also inside new objects', () => {
    const recorded = record(base, (draft: Anything & { user: Anything }) => {
      draft.user['seen'] = true
      const { user } = draft
      draft['log'] = [{ by: user }, { by: user }, { by: { user } }, new Map([['by', user]]), [[user]]]
    })
    const user = { id: 1, seen: true }
    expect(recorded?.state['log']).toEqual([
      { by: user },
      { by: user },
      { by: { user } },
      new Map([['by', user]]),
      [[user]],
    ])
    const edited = record(
      recorded?.state ?? base,
      (draft: Anything & { user: Anything }) => (draft.user['seen'] = false),
    )
    expect(edited?.state).toEqual({ ...recorded?.state, user: { id: 1, seen: false } })
  })
})

describe('an open draft', () => {
  const base = captureRoot({ n: 1, list: [1] })

  it('shows what was changed so far, goes on, and records everything at the end', () => {
    const draft = openDraft<{ n: number; list: number[] }>(base)
    expect(draft.peek()).toBeUndefined()
    draft.value.n = 2
    const seen = draft.peek()
    expect(seen).toMatchObject({ diff: [2, 'n', [0, 2]], state: { n: 2, list: [1] } })
    expect(Object.isFrozen(seen?.state)).toBe(true)
    expect(seen?.state['list']).toBe(base['list'])
    draft.value.list.push(2)
    expect(seen?.state['list']).toEqual([1])
    expect(draft.finish()?.state).toEqual({ n: 2, list: [1, 2] })
  })

  it('refuses to show what cannot be stored, also in the place of what could be', () => {
    const draft = openDraft<{ list: unknown; user: unknown }>(captureRoot({ list: [], user: {} }))
    draft.value.user = new (class User {
      id = 1
    })()
    expect(() => draft.peek()).toThrow(InvalidStateError)
    expect(() => draft.finish()).toThrow(InvalidStateError)
  })

  it('is closed by finish and by discard', () => {
    const finished = openDraft<{ n: number }>(base)
    const { value } = finished
    expect(finished.finish()).toBeUndefined()
    expect(() => (value.n = 2)).toThrow()
    expect(() => finished.finish()).toThrow(InvalidArgumentError)

    const discarded = openDraft<{ n: number }>(base)
    discarded.value.n = 2
    discarded.discard()
    expect(() => discarded.value.n).toThrow()
    expect(() => discarded.finish()).toThrow(InvalidArgumentError)
    expect(base['n']).toBe(1)
  })

  it('has nothing to do with another one of the same base', () => {
    const [first, second] = [openDraft<{ n: number }>(base), openDraft<{ n: number; list: number[] }>(base)]
    first.value.n = 2
    second.value.list.push(9)
    expect(first.finish()?.diff).toEqual([2, 'n', [0, 2]])
    expect(second.finish()?.diff).toEqual([2, 'list', [3, 1, [0, 1, [9]]]])
  })
})

function errorOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
