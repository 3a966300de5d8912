import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { InvalidArgumentError } from '../../src/errors.ts'
import { append } from '../../src/merge/append.ts'
import { parsePattern } from '../../src/merge/pattern.ts'
import type { MergePolicy } from '../../src/merge/policy.ts'
import { counter } from '../../src/merge/policies/counter.ts'
import { firstWriter } from '../../src/merge/policies/first-writer.ts'
import { lastWriter } from '../../src/merge/policies/last-writer.ts'
import { listBy } from '../../src/merge/policies/list-by.ts'
import { reject } from '../../src/merge/policies/reject.ts'
import { set } from '../../src/merge/policies/set.ts'
import { type PolicyPlace, compilePolicies, noPolicies, placeAt } from '../../src/merge/policy-table.ts'
import { propertySettings } from '../document/property-settings.ts'
import { anyPolicy, matches, pathsOver, randomPolicies } from './random-policies.ts'

describe('the policies of a place', () => {
  const paths = pathsOver(['a', 'b', 'c', 'd'], 3)

  test('are those of the longest match, then of the most names, then of the one without a leading **', () => {
    fc.assert(
      fc.property(randomPolicies(anyPolicy), policies => {
        const table = compilePolicies(policies)
        for (const path of paths) {
          const place = placeAt(table, path)
          expect([path, said(place)]).toEqual([path, said(expectedAt(policies, path))])
        }
      }),
      propertySettings(150),
    )
  })

  test('are looked up without making anything that was made before', () => {
    const table = compilePolicies({ 'a.*.b': counter(), '**.c': set() })
    expect(table.at('a').at('x')).toBe(table.at('a').at('y'))
    expect(table.at('x').at('y').at('z')).toBe(table.at('x'))
    expect(table.at('c').at('x')).toBe(table.at('x'))
    expect(compilePolicies({})).toBe(noPolicies)
    expect(noPolicies.at('a')).toBe(noPolicies)
  })

  test('are found by numbers, bigints and other keys as by their text', () => {
    const table = compilePolicies({ '1': counter(), null: set(), true: append() })
    expect(table.at(1).governor).toEqual(counter())
    expect(table.at(1n).governor).toEqual(counter())
    expect(table.at(null).governor).toEqual(set())
    expect(table.at(true).governor).toEqual(append())
  })

  test('a record is what a pattern without ** names something below of (merge rule 19)', () => {
    const table = compilePolicies({
      'prefs.*': lastWriter(),
      'stats.hits': counter(),
      'x.y.**': reject(),
      '**.stats.z': set(),
    })
    expect(table.at('prefs').isRecord).toBe(true)
    expect(table.at('stats').isRecord).toBe(true)
    expect(table.at('stats').at('hits').isRecord).toBe(false)
    expect(table.at('x').isRecord).toBe(false)
    expect(table.at('other').isRecord).toBe(false)
  })
})

describe('a definition error (merge rule 27)', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['crossing stars', { 'a.*': counter(), '*.b': set() }, /"a\.\*" and "\*\.b"/],
    ['a leading ** and a star', { '**.q': counter(), 'a.*': set() }, /"\*\*\.q" and "a\.\*"/],
    ['a place and all below it', { a: lastWriter(), 'a.**': firstWriter() }, /"a" and "a\.\*\*"/],
    ['** in the middle', { 'a.**.b': lastWriter() }, /"a\.\*\*\.b"/],
    ['a typed policy with a trailing **', { 'a.**': counter() }, /"a\.\*\*".*counter/],
    ['listBy everywhere', { '**': listBy('id') }, /"\*\*".*listBy/],
    ['an atomic policy with a trailing **', { 'a.**': reject({ atomic: true }) }, /"a\.\*\*".*atomic/],
    ['an empty pattern', { '': lastWriter() }, /""/],
    ['a text', { a: 'counter()' }, /"a" is no policy/],
    ['nothing', { a: undefined }, /"a" is no policy/],
    ['null', { a: null }, /"a" is no policy/],
    ['an object of another kind', { a: { type: 'newest' } }, /"a" is no policy/],
    ['half a policy', { a: { type: 'listBy' } }, /"a" is no policy/],
    ['half an atomic one', { a: { type: 'reject' } }, /"a" is no policy/],
    ['a policy that was not called', { a: counter }, /"a" is counter itself: call it/],
    ['append that was not called', { a: append }, /"a" is append itself: call it/],
    ['a function that gives a promise', { a: async () => Promise.resolve(1) }, /"a" must be synchronous/],
    ['a generator', { a: function* () {} }, /"a" must be synchronous/],
  ])('%s', (_, policies, message) => {
    expect(() => compilePolicies(policies as never)).toThrow(InvalidArgumentError)
    expect(() => compilePolicies(policies as never)).toThrow(message)
  })

  it.each([undefined, null, 'a', [], 5])('%j instead of an object of policies', policies => {
    expect(() => compilePolicies(policies as never)).toThrow(InvalidArgumentError)
  })

  it.each<[string, () => unknown]>([
    ['counter', () => Reflect.apply(counter, undefined, [1])],
    ['set', () => Reflect.apply(set, undefined, ['id'])],
    ['listBy without a key', () => Reflect.apply(listBy, undefined, [])],
    ['listBy with an empty key', () => listBy('')],
    ['listBy with a number', () => listBy(5 as never)],
    ['listBy with a reserved key', () => listBy('__proto__')],
    ['lastWriter with a text', () => lastWriter('atomic' as never)],
    ['lastWriter with null', () => lastWriter(null as never)],
    ['firstWriter with an unknown option', () => firstWriter({ atom: true } as never)],
    ['reject with half a boolean', () => reject({ atomic: 'yes' } as never)],
  ])('wrong arguments: %s', (_, make) => {
    expect(make).toThrow(InvalidArgumentError)
  })
})

type Said = Pick<PolicyPlace, 'governor' | 'decider'>

function said({ governor, decider }: Said): Said {
  return { governor, decider }
}

/** The rules read word for word, over all patterns and all beginnings of the path. */
function expectedAt(policies: Readonly<Record<string, MergePolicy>>, path: readonly string[]): Said {
  const rules = Object.entries(policies).map(([text, policy]) => ({ pattern: parsePattern(text), policy }))
  const candidates = rules.flatMap(({ pattern, policy }) => {
    const names = pattern.segments.filter(segment => segment !== undefined).length
    const rank = names * 2 + (pattern.isAnywhere ? 0 : 1)
    // A leading ** may lead to several beginnings of the path; a trailing one needs something below.
    const ends = [...path.keys(), path.length].filter(end => matches(pattern, path.slice(0, end)))
    return ends
      .filter(end => !pattern.isBelow || end < path.length)
      .map(eaten => ({ eaten, rank, policy, isBelow: pattern.isBelow }))
  })
  const ordered = candidates.toSorted((one, other) => other.eaten - one.eaten || other.rank - one.rank)
  const here = ordered.find(({ eaten, isBelow }) => eaten === path.length && !isBelow)?.policy
  const isSide = (policy: MergePolicy): boolean => typeof policy !== 'function' && 'isAtomic' in policy
  const decider = ordered.find(({ policy, isBelow }) => isSide(policy) || (typeof policy === 'function' && isBelow))
  const isGoverning = here !== undefined && !(typeof here !== 'function' && 'isAtomic' in here && !here.isAtomic)
  return {
    governor: isGoverning ? here : undefined,
    decider: (decider?.policy as PolicyPlace['decider'] | undefined) ?? lastWriter(),
  }
}
