import { describe, expect, it } from 'vitest'
import { foldDiffs } from '../../src/diff/apply.ts'
import { append, inc } from '../../src/draft/operations.ts'
import { record } from '../../src/draft/record.ts'
import { InvalidStateError } from '../../src/errors.ts'
import { merge } from '../../src/merge/merge.ts'
import { type Anything, type Recipe, type Shop, diffsOf, merged, recordedOn, shop } from './op-shop.ts'

describe('the commit that a merge with ops makes', () => {
  it('has the ops that still say all of what it changes at their places', () => {
    const result = merged(
      draft => {
        inc(draft, 'hits', 2)
        append(draft, 'log', 2)
        inc(draft, ['stats', 'hits'], 1)
        inc(draft, ['cart', { sku: 'B' }, 'n'], 1)
      },
      [
        (draft: Partial<Shop>) => {
          draft.hits = 100
          delete draft.log
          ;(draft as Anything)['stats'] = { hits: 'many' }
          draft.cart?.pop()
        },
      ],
    )
    expect(result.recorded?.ops.map(({ name, path }) => [name, ...path])).toEqual([
      ['inc', 'hits'],
      ['append', 'log'],
    ])
  })

  it('leaves what ops did not touch the same objects as in theirs', () => {
    const theirs = foldDiffs(diffsOf([draft => (draft.stats.name = 't')]), shop)
    const { recorded } = merge({ base: shop, ours: recordedOn(shop, draft => inc(draft, 'hits', 1)), theirs })
    for (const key of ['log', 'stats', 'cart', 'items']) expect(recorded?.state[key]).toBe(theirs.state[key])
    expect(recorded?.diff).toEqual([2, 'hits', [0, 6]])
  })

  it('of a draft that lost again is made anew from its own base, with the same ops', () => {
    const ours = recordedOn(shop, draft => inc(draft, 'hits', 2))
    const diffs = diffsOf([draft => (draft.hits = 100), draft => (draft.hits = 200)])
    const [first] = diffs
    const once = merge({ base: shop, ours, theirs: foldDiffs([first], shop) })
    const again = merge({ base: shop, ours, theirs: foldDiffs(diffs, shop) })
    expect([once.recorded?.state['hits'], again.recorded?.state['hits']]).toEqual([102, 202])
  })

  it('knows what ops put in, and what they changed of it, as new', () => {
    const ours = recordedOn(shop, (draft: Shop & { user?: { id: number; n: number } }) => {
      // With the number of the base, so that the op counts.
      draft.stats = { hits: 5, name: 'ours' }
      inc(draft, ['stats', 'hits'], 5)
      append(draft, 'log', { id: 1 })
    })
    const theirs = foldDiffs(diffsOf([draft => (draft.stats.name = 'theirs'), draft => draft.log.push(0)]), shop)
    const { recorded } = merge({ base: shop, ours, theirs })
    if (recorded === undefined) throw new Error('the draft changes something')
    const { stats, log } = recorded.state as unknown as Shop
    expect([stats, log]).toEqual([{ hits: 10, name: 'ours' }, [1, 0, { id: 1 }]])
    expect(recorded.newValues).toContain(stats)
    expect(recorded.newValues).toContain(log[2])
  })

  const withBytes: Record<string, readonly [Recipe, (state: Shop) => unknown]> = {
    'that an op put in': [draft => append(draft, 'log', new Uint8Array([1])), state => state.log.at(-1)],
    'that stand beside an op': [
      draft => {
        ;(draft as unknown as Anything)['stats'] = { hits: 5, bytes: new Uint8Array([2]) }
        inc(draft, ['stats', 'hits'], 1)
      },
      state => (state.stats as unknown as Anything)['bytes'],
    ],
  }
  for (const [which, [recipe, bytesIn]] of Object.entries(withBytes)) {
    it(`keeps bytes guarded ${which}, also in a container that is written whole`, () => {
      const ours = recordedOn(shop, recipe)
      expect(ours.ops).toHaveLength(1)
      const theirs: Recipe[] = [draft => (draft.hits = 6), draft => delete (draft as Partial<Shop>).log]
      for (const count of [1, 2]) {
        const { recorded } = merge({ base: shop, ours, theirs: foldDiffs(diffsOf(theirs.slice(0, count)), shop) })
        if (recorded === undefined) throw new Error('the op changes something')
        const bytes = bytesIn(recorded.state as unknown as Shop) as Uint8Array
        const [before] = bytes
        bytes[0] = 9
        expect(() => record(recorded.state, (draft: Shop) => void draft.hits++)).toThrow(InvalidStateError)
        expect(bytes[0]).toBe(before)
      }
    })
  }
})
