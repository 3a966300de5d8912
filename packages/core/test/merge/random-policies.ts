import fc from 'fast-check'
import { InvalidArgumentError } from '../../src/errors.ts'
import type { Pattern } from '../../src/merge/pattern.ts'
import type { MergePolicy } from '../../src/merge/policy.ts'
import { append } from '../../src/merge/append.ts'
import { counter } from '../../src/merge/policies/counter.ts'
import { firstWriter } from '../../src/merge/policies/first-writer.ts'
import { lastWriter } from '../../src/merge/policies/last-writer.ts'
import { listBy } from '../../src/merge/policies/list-by.ts'
import { reject } from '../../src/merge/policies/reject.ts'
import { set } from '../../src/merge/policies/set.ts'
import { compilePolicies } from '../../src/merge/policy-table.ts'

/** A pattern over the names of the random states, with wildcards. */
export const randomPattern: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '', '**.'),
    fc.array(fc.constantFrom('a', 'b', 'c', '*', '*'), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '', '', '.**'),
  )
  .map(([start, segments, end]) => start + segments.join('.') + end)

/** Which policies a random set is made of. */
export type PolicyMaker = (isBelow: boolean) => fc.Arbitrary<MergePolicy>

const simple = [lastWriter(), firstWriter(), reject()]
const atomic = [lastWriter({ atomic: true }), firstWriter({ atomic: true }), reject({ atomic: true })]

/** All of them, with functions that give one side, both or nothing. */
export const anyPolicy: PolicyMaker = isBelow =>
  fc.constantFrom<MergePolicy>(
    ...simple,
    ({ ours }) => ours,
    ({ theirs }) => theirs,
    ({ ours, theirs }) => [theirs, ours].filter(side => side !== undefined),
    () => undefined,
    ...(isBelow ? [] : [...atomic, counter(), listBy('id'), listBy('a'), set(), append()]),
  )

/** Those that only choose, and bring back nothing that was deleted. */
export const choosingPolicy: PolicyMaker = isBelow =>
  fc.constantFrom<MergePolicy>(lastWriter(), ...(isBelow ? [] : [listBy('id'), listBy('a'), set(), append()]))

/** Those that only choose between what is there. */
export const keepingPolicy: PolicyMaker = isBelow =>
  fc.constantFrom<MergePolicy>(
    ...simple,
    ({ ours }) => ours,
    ({ theirs }) => theirs,
    ...(isBelow ? [] : [...atomic, listBy('id'), listBy('a'), set(), append()]),
  )

/** Policies by pattern that a definition accepts. */
export function randomPolicies(maker: PolicyMaker): fc.Arbitrary<Readonly<Record<string, MergePolicy>>> {
  const rule = fc
    .oneof({ weight: 6, arbitrary: randomPattern }, { weight: 1, arbitrary: fc.constant('**') })
    .chain(text => maker(text.endsWith('**')).map(policy => [text, policy] as const))
  return fc.array(rule, { maxLength: 5 }).map(rules => {
    // What contradicts the rules before it is left out.
    let accepted: Record<string, MergePolicy> = {}
    for (const [text, policy] of rules) {
      const next = { ...accepted, [text]: policy }
      if (isAccepted(next)) accepted = next
    }
    return accepted
  })
}

function isAccepted(policies: Readonly<Record<string, MergePolicy>>): boolean {
  try {
    compilePolicies(policies)
    return true
  } catch (error) {
    if (error instanceof InvalidArgumentError) return false
    throw error
  }
}

/** Whether the segments of the pattern lead to this very path, found the plain way. */
export function matches({ segments, isAnywhere }: Pattern, path: readonly string[]): boolean {
  if (isAnywhere ? path.length < segments.length : path.length !== segments.length) return false
  const end = path.slice(path.length - segments.length)
  return segments.every((segment, index) => segment === undefined || segment === end[index])
}

/** Every path of up to so many of these names. */
export function pathsOver(names: readonly string[], length: number): readonly (readonly string[])[] {
  const shorter: readonly (readonly string[])[] = length === 0 ? [] : pathsOver(names, length - 1)
  if (length === 0) return [[]]
  const longest = shorter.filter(path => path.length === length - 1)
  return [...shorter, ...longest.flatMap(path => names.map(name => [...path, name]))]
}
