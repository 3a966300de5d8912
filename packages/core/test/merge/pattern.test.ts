import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { InvalidArgumentError } from '../../src/errors.ts'
import { areAmbiguous, isMoreSpecific, parsePattern } from '../../src/merge/pattern.ts'
import { propertySettings } from '../document/property-settings.ts'
import { matches, pathsOver, randomPattern } from './random-policies.ts'

describe('a pattern (merge rule 25)', () => {
  it.each([
    ['a', ['a']],
    ['a.b', ['a', 'b']],
    ['a\\.b.c', ['a.b', 'c']],
    ['*.x', [undefined, 'x']],
    ['\\*', ['*']],
    ['a\\\\.b', ['a\\', 'b']],
    ['a\\b', ['a\\b']],
    ['é.🙂.\n', ['é', '🙂', '\n']],
    ['2024', ['2024']],
  ])('%j is these segments', (text, segments) => {
    expect(parsePattern(text)).toEqual({ text, segments, isAnywhere: false, isBelow: false })
  })

  it.each([
    ['**', [], false, true],
    ['**.q', ['q'], true, false],
    ['a.**', ['a'], false, true],
    ['**.q.**', ['q'], true, true],
  ])('%j may have any number of segments before or behind', (text, segments, isAnywhere, isBelow) => {
    expect(parsePattern(text)).toEqual({ text, segments, isAnywhere, isBelow })
  })

  it.each(['', '.', 'a.', '.a', 'a..b', 'a.**.b', '**.**', 'a*', '***', '\\**', '*.a*b', '\\\\*', 'a.**.**'])(
    '%j is none, and the error names it',
    text => {
      expect(() => parsePattern(text)).toThrow(InvalidArgumentError)
      expect(() => parsePattern(text)).toThrow(`"${text}"`)
    },
  )
})

describe('two patterns (merge rule 27)', () => {
  it.each([
    ['a.*', '*.b'],
    ['**.q', 'a.*'],
    ['**.b', '*.*'],
    ['a', 'a.**'],
    ['**.q', '**.q.**'],
    ['*.*.b', '**.a.*'],
  ])('%j and %j may mean the same place and are not told apart', (one, other) => {
    expect(areAmbiguous(parsePattern(one), parsePattern(other))).toBe(true)
    expect(areAmbiguous(parsePattern(other), parsePattern(one))).toBe(true)
  })

  it.each([
    ['a', '*'],
    ['a.b', 'a.*'],
    ['a', '**'],
    ['q', '**.q'],
    ['*.q', '**.q'],
    ['**.a.q', '**.q'],
    ['**.q', '*'],
    ['q.**', '**.q'],
    ['a.**', '*'],
  ])('%j is asked before %j', (first, second) => {
    const [one, other] = [parsePattern(first), parsePattern(second)]
    expect(areAmbiguous(one, other)).toBe(false)
    if (one.segments.length === other.segments.length) expect(isMoreSpecific(one, other)).toBe(true)
    expect(isMoreSpecific(other, one)).toBe(false)
  })

  test('are ambiguous where some path matches both and no position, or one each way, tells which is meant', () => {
    const paths = pathsOver(['a', 'b', 'c'], 4)
    fc.assert(
      fc.property(randomPattern, randomPattern, (text, otherText) => {
        const [pattern, other] = [parsePattern(text), parsePattern(otherText)]
        const both = paths.filter(path => matches(pattern, path) && matches(other, path))
        const isUnclear = both.some(path => {
          const exactness = path.map((_, index) => exactnessAt(pattern, path, index) - exactnessAt(other, path, index))
          const [isMore, isLess] = [exactness.some(by => by > 0), exactness.some(by => by < 0)]
          return isMore === isLess && (isMore || pattern.isAnywhere === other.isAnywhere)
        })
        // `**` alone eats nothing of a path, and is behind all others.
        fc.pre(text !== '**' && otherText !== '**')
        expect(areAmbiguous(pattern, other)).toBe(isUnclear)
      }),
      propertySettings(1500),
    )
  })
})

/** 2: by name, 1: any, 0: covered by the leading `**`. */
function exactnessAt({ segments }: ReturnType<typeof parsePattern>, path: readonly string[], index: number): number {
  const position = index - (path.length - segments.length)
  if (position < 0) return 0
  return segments[position] === undefined ? 1 : 2
}
