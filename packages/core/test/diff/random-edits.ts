import fc from 'fast-check'
import { propertySettings } from '../document/property-settings.ts'

// States and edits of them, as described for the laws of the merge rules (§8): roots of up to five keys, nested objects,
// arrays, Maps and Sets, every kind of leaf; edits of up to five steps at random containers.

/** What a step of a random edit needs: where to go, what to do, and values to do it with. */
interface RandomStep {
  /** Which child container to enter at each level. */
  readonly way: readonly number[]
  readonly action: number
  readonly first: number
  readonly second: number
  /** Fresh at each call, so that nothing is shared between two runs of the same edit. */
  readonly make: () => unknown
}

/** An edit that can be run on any draft. */
export type RandomEdit = readonly RandomStep[]

export { propertySettings }

const names = ['a', 'b', 'c', 'd', 'e'] as const

const leaf: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map(value => () => value),
  fc.constantFrom('x', 'y', '', 'é', '🙂').map(value => () => value),
  fc.constantFrom(true, false, null, 0.5, -0, NaN, Infinity, 2 ** 53).map(value => () => value),
  fc.bigInt({ min: -2n, max: 2n }).map(value => () => value),
  fc.integer({ min: 0, max: 2 }).map(value => () => new Date(value)),
  fc.integer({ min: 0, max: 2 }).map(value => () => new Uint8Array([value, 7])),
)

const { value: storable } = fc.letrec<{ value: () => unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }).map(list => () => list.map(make => make())),
    fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 3 }))
      .map(([id, parts]) => () => ({ id, ...madeOf(parts) })),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4 }).map(parts => () => madeOf(parts)),
    fc
      .array(fc.tuple(fc.constantFrom<unknown>('a', 'b', 1, '1', 2n, true, null), tie('value')), { maxLength: 3 })
      .map(entries => () => new Map(entries.map(([key, make]) => [key, make()]))),
    fc.array(leaf, { maxLength: 4 }).map(members => () => new Set(members.map(make => make()))),
  ),
}))

/** A function that makes the same value at each call: a leaf, or containers of all kinds. */
export const randomValue: fc.Arbitrary<() => unknown> = storable

/** A function that makes the same state at each call. */
export const randomState: fc.Arbitrary<() => Record<string, unknown>> = fc
  .dictionary(fc.constantFrom(...names), storable, { minKeys: 1, maxKeys: 5 })
  .map(parts => () => madeOf(parts))

/** A list for a closer look at arrays: equal leaves, objects with ids, and objects without that look alike. */
export const randomList: fc.Arbitrary<() => unknown[]> = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 3 }).map(value => () => value),
      fc.integer({ min: 0, max: 5 }).map(id => () => ({ id, n: 1, m: 1 })),
      fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)).map(([a, b, c]) => () => ({ a, b, c })),
      fc.nat(2).map(value => () => [value, { n: value }]),
      fc.nat(2).map(value => () => new Date(value)),
    ),
    { maxLength: 9 },
  )
  .map(makers => () => makers.map(make => make()))

export const randomEdit: fc.Arbitrary<RandomEdit> = fc.array(
  fc.record({
    way: fc.array(fc.nat(20), { maxLength: 4 }),
    action: fc.nat(1000),
    first: fc.nat(20),
    second: fc.nat(20),
    make: storable,
  }),
  { minLength: 1, maxLength: 5 },
)

/** Afterwards the draft is edited. `within`: only below this property of it, if that is a container. */
export function runEdit(draft: object, edit: RandomEdit, within?: string): void {
  for (const step of edit) {
    const root = within === undefined ? draft : (draft as Record<string, unknown>)[within]
    if (typeof root !== 'object' || root === null || childrenOf(root) === undefined) continue
    const place = step.way.reduce<object>((container, turn) => {
      const children = (childrenOf(container) ?? []).filter(child => childrenOf(child) !== undefined)
      const choice = turn % (children.length + 1)
      return (children[choice - 1] as object | undefined) ?? container
    }, root)
    editContainer(place, step, root)
  }
}

function editContainer(place: object, step: RandomStep, root: object): void {
  if (place instanceof Map) return run(mapActions, place as Map<unknown, unknown>, step, root)
  if (place instanceof Set) return run(setActions, place as Set<unknown>, step, root)
  if (Array.isArray(place)) return run(arrayActions, place as unknown[], step, root)
  run(objectActions, place as Record<string, unknown>, step, root)
}

type Action<T> = (place: T, step: RandomStep, root: object) => unknown

function run<T>(actions: readonly Action<T>[], place: T, step: RandomStep, root: object): void {
  actions[step.action % actions.length]?.(place, step, root)
}

function nameOf(number: number): string {
  return names[number % names.length] ?? 'a'
}

const objectActions: readonly Action<Record<string, unknown>>[] = [
  (place, { first, make }) => (place[nameOf(first)] = make()),
  (place, { first }) => delete place[nameOf(first)],
  (place, { first, make }) => {
    const old = place[nameOf(first)]
    if (isPlain(old)) place[nameOf(first)] = { ...old, [nameOf(first + 1)]: make() }
  },
  (place, { first, second }) => {
    const old = place[nameOf(first)]
    if (Array.isArray(old)) place[nameOf(first)] = old.filter((_, index) => index % 3 !== second % 3)
  },
  (place, { first, make }) => {
    const old = place[nameOf(first)]
    if (Array.isArray(old)) place[nameOf(first)] = [...(old as unknown[]), make()]
  },
  (place, { first, make }) => {
    const old = place[nameOf(first)]
    if (Array.isArray(old))
      place[nameOf(first)] = old.map((value: unknown) => (isPlain(value) ? { ...value, a: make() } : value))
  },
  (place, { first, second }) => {
    // The same object at two places, and inside a new one.
    const old = place[nameOf(first)]
    place[nameOf(second)] = second % 2 === 0 ? old : { a: old, b: [old, { c: old }] }
  },
  (place, { first, second }) => {
    const old = place[nameOf(first)]
    delete place[nameOf(first)]
    place[nameOf(second)] = old
  },
  (place, { first }) => {
    const old = place[nameOf(first)]
    if (typeof old === 'number') place[nameOf(first)] = old + 1
  },
]

const arrayActions: readonly Action<unknown[]>[] = [
  (place, { make }) => place.push(make()),
  place => place.pop(),
  place => place.shift(),
  (place, { make }) => place.unshift(make()),
  (place, { first, second, make }) => place.splice(first % (place.length + 1), second % 3, make()),
  (place, { first, second }) => place.splice(first % (place.length + 1), second % 3),
  place => place.sort((left, right) => String(left).length - String(right).length),
  place => place.reverse(),
  (place, { first, second }) => {
    const [from, to] = [first % (place.length || 1), second % (place.length || 1)]
    ;[place[from], place[to]] = [place[to], place[from]]
  },
  (place, { first, make }) => (place[first % (place.length + 2)] = make()),
  (place, { first }) => Reflect.deleteProperty(place, first % (place.length || 1)),
  (place, { first }) => {
    const index = first % (place.length || 1)
    const old = place[index]
    if (typeof old === 'number') place[index] = old + 1
  },
  (place, { first, second }) => {
    const [element] = place.splice(first % (place.length || 1), 1)
    place.splice(second % (place.length + 1), 0, element)
  },
  place => (place.length = Math.floor(place.length / 2)),
]

const mapKeys = ['a', 'b', 1, '1', 2n, true, null]

const mapActions: readonly Action<Map<unknown, unknown>>[] = [
  (place, { first, make }) => place.set(mapKeys[first % mapKeys.length], make()),
  (place, { first }) => place.delete(mapKeys[first % mapKeys.length]),
  place => place.clear(),
  (place, { first }) => {
    const key = mapKeys[first % mapKeys.length]
    const old = place.get(key)
    place.delete(key)
    if (old !== undefined) place.set(key, old)
  },
]

const setActions: readonly Action<Set<unknown>>[] = [
  (place, { make }) => place.add(make()),
  place => place.delete([...place][0]),
  place => place.clear(),
  (place, { make }) => place.add([make()]),
]

function childrenOf(value: unknown): unknown[] | undefined {
  if (value instanceof Map) return [...value.keys()].map(key => (value as Map<unknown, unknown>).get(key))
  if (value instanceof Set) return [...(value as Set<unknown>)]
  if (Array.isArray(value)) return [...(value as unknown[])]
  return isPlain(value) ? Object.values(value) : undefined
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function madeOf(parts: Readonly<Record<string, () => unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).map(([key, make]) => [key, make()]))
}
