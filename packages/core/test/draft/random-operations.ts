import fc from 'fast-check'
import { type ElementName, type OperationPath, type OperationSegment } from '../../src/draft/operation.ts'
import { addToSet, append, inc, moveBy, removeFromSet } from '../../src/draft/operations.ts'
import { randomList, randomState, randomValue } from '../diff/random-edits.ts'

// Ops at places that a state happens to have: which one a random op is done to is found when it is run.

/** What a random op needs: which function, which of the places that it fits, and what to give it. */
export interface RandomOperation {
  readonly action: number
  readonly place: number
  readonly amount: number
  readonly make: () => unknown
}

/** States with places for every op, besides whatever else. */
export const operableState: fc.Arbitrary<() => Record<string, unknown>> = fc
  .tuple(randomState, randomList, fc.array(fc.nat(3), { maxLength: 3 }))
  .map(([make, list, members]) => () => ({
    ...make(),
    n: 1,
    list: list(),
    tags: [...members],
    flags: new Set(members),
    user: { logins: 0, seen: { count: 2 } },
    cart: members.map((quantity, index) => ({ sku: `s${index}`, quantity, tags: [quantity] })),
  }))

export const randomOperation: fc.Arbitrary<RandomOperation> = fc.record({
  action: fc.nat(4),
  place: fc.nat(30),
  amount: fc.integer({ min: -3, max: 3 }),
  make: fc.oneof(
    randomValue,
    fc.nat(3).map(id => () => ({ id, n: id })),
  ),
})

/** Calls the op on the draft where it fits; `state` is what the draft holds. Returns whether it was done. */
export function runOperation(draft: object, state: unknown, { action, place, amount, make }: RandomOperation): boolean {
  const places = placesIn(state, [])
  const pick = (fits: (value: unknown) => boolean): OperationPath => {
    const fitting = places.filter(({ value }) => fits(value))
    return fitting[place % (fitting.length || 1)]?.path ?? ['fresh']
  }
  const isSet = (value: unknown): boolean => Array.isArray(value) || value instanceof Set
  const any = draft as Record<string, unknown>
  try {
    if (action === 0) inc(any, pick(value => typeof value === 'number'), amount) // prettier-ignore
    if (action === 1) append(any, pick(Array.isArray), make())
    if (action === 2) addToSet(any, pick(isSet), make())
    if (action === 3) removeFromSet(any, pick(isSet), ...membersOf(places, pick(isSet), place))
    if (action === 4) {
      const path = pick(value => Array.isArray(value) && value.some(element => nameOf(element) !== undefined))
      const list = places.find(other => other.path === path)?.value as readonly unknown[] | undefined
      const [entry] = Object.entries(list?.map(nameOf).find(name => name !== undefined) ?? {})
      if (entry === undefined) return false
      moveBy(any, path, entry[0], entry[1], Math.abs(amount))
    }
    return true
  } catch (error) {
    // Numbers that are not finite, a list where a number was before, undefined: refused, and nothing is changed.
    if ((error as { code?: unknown }).code !== 'invalid-state') throw error
    return false
  }
}

interface FoundPlace {
  readonly path: OperationPath
  readonly value: unknown
}

/** Every place that an op's path can name. */
function placesIn(container: unknown, path: OperationPath): FoundPlace[] {
  return stepsIn(container).flatMap(([segment, value]) => {
    const here = [...path, segment]
    return [{ path: here, value }, ...placesIn(value, here)]
  })
}

function stepsIn(container: unknown): (readonly [OperationSegment, unknown])[] {
  if (container instanceof Map) return [...(container as Map<string, unknown>)]
  if (Array.isArray(container)) {
    const seen = new Set<string>()
    return container.flatMap((element: unknown) => {
      const name = nameOf(element)
      const text = JSON.stringify(name)
      // A name means the first element that has it.
      return name === undefined || seen.size === seen.add(text).size ? [] : [[name, element] as const]
    })
  }
  return isPlain(container) ? Object.entries(container) : []
}

function nameOf(element: unknown): ElementName | undefined {
  if (!isPlain(element)) return undefined
  const entry = Object.entries(element).find(([, value]) => typeof value === 'string' || typeof value === 'number')
  return entry && { [entry[0]]: entry[1] as string }
}

function membersOf(places: readonly FoundPlace[], path: OperationPath, index: number): unknown[] {
  const value = places.find(place => place.path === path)?.value
  const members = value === undefined ? [] : [...(value as Iterable<unknown>)]
  return members.length > 0 ? [members[index % members.length]] : []
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
