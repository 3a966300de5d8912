import { conventionalId } from '../diff/likeness.ts'
import type { PolicyPlace } from '../merge/policy-table.ts'
import { type PlainObject, kindOf } from '../value/kind.ts'

/**
 * The base with an empty object where it has nothing and both sides have put in one: `session.own ??= {}` is how everybody
 * begins it, and whoever only holds whole values has no other way. Only where the two fill it apart, or as a policy decides:
 * one user is never mixed with another.
 */
export function withCommonBeginnings(
  base: PlainObject,
  ours: PlainObject,
  theirs: PlainObject,
  place: PolicyPlace,
): PlainObject {
  let begun: Record<string, unknown> | undefined
  for (const key of Object.keys(ours)) {
    const one = ours[key]
    const other = theirs[key]
    if (!isObject(one) || !isObject(other)) continue
    const below = place.at(key)
    const before = base[key]
    const beginning = before === undefined && fillApart(one, other, below) ? {} : before
    if (!isObject(beginning)) continue
    const inner = withCommonBeginnings(beginning, one, other, below)
    if (inner !== before) (begun ??= { ...base })[key] = inner
  }
  return begun ?? base
}

function fillApart(one: PlainObject, other: PlainObject, place: PolicyPlace): boolean {
  if (conventionalId(one) !== conventionalId(other)) return false
  return Object.keys(one).every(key => {
    if (!Object.hasOwn(other, key)) return true
    const below = place.at(key)
    const left = one[key]
    const right = other[key]
    return below.governor !== undefined || (isObject(left) && isObject(right) && fillApart(left, right, below))
  })
}

function isObject(value: unknown): value is PlainObject {
  return kindOf(value) === 'object'
}
