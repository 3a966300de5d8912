import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pack } from '../../src/document/packer.ts'
import { biggestPaths, estimateStateBytes, measureState } from '../../src/document/state-size.ts'
import { anyChange, anyState } from './any-values.ts'
import { propertySettings } from './property-settings.ts'
import { changed, created, largeState } from './sample-documents.ts'

test('the estimate is never below the packed size of the state', () => {
  fc.assert(
    fc.property(anyState, fc.array(anyChange, { maxLength: 30 }), (state, changes) => {
      const { document } = changed(created(state), changes)
      expect(estimateStateBytes(document)).toBeGreaterThanOrEqual(measureState(document.state))
    }),
    propertySettings(60),
  )
})

test('the measured size is that of the packed state', () => {
  expect(measureState(largeState())).toBe(pack(largeState()).length)
})

describe('the biggest paths', () => {
  test('come largest first, as many as were asked for', () => {
    const state = { small: 'x'.repeat(10), big: 'x'.repeat(900), middle: 'x'.repeat(400), tiny: 1 }
    expect(biggestPaths(state, 2)).toEqual([
      { path: ['big'], bytes: 903 },
      { path: ['middle'], bytes: 403 },
    ])
  })

  test('lead to the innermost part that holds half of the room', () => {
    const items = Array.from({ length: 50 }, (_, index) => ({ text: `text ${index}`.repeat(10) }))
    const state = { user: { name: 'Ann', cart: { items, note: 'x' } }, list: [1, { blob: new Uint8Array(5000) }] }
    expect(biggestPaths(state, 2).map(({ path }) => path)).toEqual([
      ['list', 1, 'blob'],
      ['user', 'cart', 'items'],
    ])
  })

  test('go through Maps by key, and stop at Sets', () => {
    const state = {
      map: new Map<unknown, unknown>([
        [7n, 'x'.repeat(500)],
        ['b', 1],
      ]),
      set: new Set(['x'.repeat(400)]),
    }
    expect(biggestPaths(state, 5).map(({ path }) => path)).toEqual([['map', 7n], ['set']])
  })

  test('of an empty state are none', () => {
    expect(biggestPaths({}, 5)).toEqual([])
  })
})
