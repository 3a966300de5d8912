import { describe, expect, test } from 'vitest'
import { preview } from '../../src/web/preview.ts'
import { showBriefly, showPath, showValue } from '../../src/web/shown-value.ts'

describe('a shown value', () => {
  test('says of each type of value what it is', () => {
    const value = {
      text: 'a',
      number: 1.5,
      none: null,
      yes: true,
      big: 7n,
      date: new Date('2026-11-28T10:00:00Z'),
      bytes: new Uint8Array([1, 255]),
      list: ['x'],
      map: new Map<unknown, unknown>([[1n, 'one']]),
      set: new Set(['s']),
      object: {},
    }
    expect(showValue(value)).toEqual({
      type: 'object',
      size: 11,
      entries: [
        ['text', { type: 'text', text: 'a' }],
        ['number', { type: 'number', text: '1.5' }],
        ['none', { type: 'null', text: 'null' }],
        ['yes', { type: 'boolean', text: 'true' }],
        ['big', { type: 'bigint', text: '7n' }],
        ['date', { type: 'date', text: '2026-11-28T10:00:00.000Z' }],
        ['bytes', { type: 'bytes', text: '01ff', size: 2 }],
        ['list', { type: 'array', size: 1, entries: [['0', { type: 'text', text: 'x' }]] }],
        ['map', { type: 'map', size: 1, entries: [['1n', { type: 'text', text: 'one' }]] }],
        ['set', { type: 'set', size: 1, entries: [['0', { type: 'text', text: 's' }]] }],
        ['object', { type: 'object', size: 0, entries: [] }],
      ],
    })
    expect(showValue(Infinity)).toEqual({ type: 'number', text: 'Infinity' })
    expect(showPath(['a', 0, 1n, true])).toEqual(['a', '0', '1n', 'true'])
  })

  test('is bounded, and says how much there is: a wide, a deep and a long one', () => {
    const wide = showValue(Array.from({ length: 50_000 }, (_, index) => ({ index })))
    expect(wide).toMatchObject({ type: 'array', size: 50_000 })
    expect(JSON.stringify(wide).length).toBeLessThan(500_000)
    let deep: unknown = 'end'
    for (let level = 0; level < 150; level++) deep = { deep }
    expect(JSON.stringify(showValue(deep))).not.toContain('end')
    const long = showValue('é'.repeat(1_000_000))
    expect(long).toMatchObject({ type: 'text', length: 1_000_000 })
    expect(
      JSON.stringify(showBriefly({ long: 'x'.repeat(9999), list: Array.from({ length: 999 }, () => 'y') })).length,
    ).toBeLessThan(2000)
  })

  test('that is cut holds whole characters', () => {
    const shown = showValue(`x${'😀'.repeat(4000)}`)
    expect(shown.type === 'text' && /\p{Cs}/u.test(shown.text)).toBe(false)
  })
})

describe('a preview', () => {
  test('is one short line of what is in the state', () => {
    expect(preview({ hits: 3, cart: [{ sku: 'A\n' }], tags: new Set(['x']), seen: new Map([[1, 2n]]) })).toBe(
      'hits: 3, cart: [{sku: "A\\n"}], tags: {"x"}, seen: {1: 2n}',
    )
    const long = preview({ text: 'x'.repeat(100_000), more: Array.from({ length: 100_000 }, () => 1) })
    expect(long.length).toBeLessThanOrEqual(160)
    expect(long.endsWith('…')).toBe(true)
  })
})
