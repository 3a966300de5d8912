import { same } from '../value/equal.ts'
import { conventionalId, isAlike } from './likeness.ts'

/** How the elements of an array became those of another (merge rule 10). */
export interface Alignment {
  /** For each element of the new array the index of the base element that it is, or -1: inserted. */
  readonly sources: readonly number[]
  /** For each element of the base its index in the new array, or -1: deleted. */
  readonly targets: readonly number[]
  /** For each element of the base whether it kept its place among the others: neither deleted nor moved. */
  readonly stays: readonly boolean[]
}

/** When two elements are taken for the same one. */
export interface Sameness {
  readonly isSame: (left: unknown, right: unknown) => boolean
  /** A Map key that is equal for elements that are the same. It may be equal for others. */
  readonly identify: (element: unknown) => unknown
  /** Elements that are not the same are others: neither an id nor likeness says more. */
  readonly isComplete?: true
}

const byReference: Sameness = { isSame: same, identify: identityOf }

/** The most differing elements that `changedInPlace` deals with. */
const fewChanges = 8

/** The most comparisons in one gap between elements that stay. */
const maxComparisons = 2000

/**
 * The indexes whose elements differ, when every element of the new array visibly stands where it stood; undefined when
 * that takes a closer look. It never says another thing than `align`, but in a fraction of the time. `isSameElement`: what
 * else must hold of two that stand in the same place.
 */
export function changedInPlace(
  base: readonly unknown[],
  next: readonly unknown[],
  isSameElement?: (before: unknown, after: unknown) => boolean,
): readonly number[] | undefined {
  if (base.length !== next.length) return undefined
  const changed: number[] = []
  for (let index = 0; index < base.length; index++) {
    if (same(base[index], next[index])) continue
    if (changed.push(index) > fewChanges) return undefined
  }
  for (const index of changed) {
    const before = base[index]
    const after = next[index]
    if (
      before instanceof Date ||
      before instanceof Uint8Array ||
      after instanceof Date ||
      after instanceof Uint8Array
    ) {
      return undefined
    }
    if (conventionalId(before) !== conventionalId(after) || isSameElement?.(before, after) === false) return undefined
    if (base.includes(after) || next.includes(before)) return undefined
  }
  return changed
}

/** The only place where two arrays differ: from `start` to `baseEnd` of the base, to `nextEnd` of the new one. */
export interface Splice {
  readonly start: number
  readonly baseEnd: number
  readonly nextEnd: number
}

/** The splice that makes the new array, when elements were only removed or only inserted, all at one place. */
export function asSplice(base: readonly unknown[], next: readonly unknown[]): Splice | undefined {
  const splice = trim(base, next, same)
  return splice.start === splice.baseEnd || splice.start === splice.nextEnd ? splice : undefined
}

/** The alignment of two arrays: what stayed, moved, was deleted and was inserted. */
export function align(
  base: readonly unknown[],
  next: readonly unknown[],
  { isSame, identify, isComplete }: Sameness = byReference,
): Alignment {
  const pairing = { sources: filled(next.length, -1), targets: filled(base.length, -1) }
  const { start, baseEnd, nextEnd } = trim(base, next, isSame)
  for (let index = 0; index < start; index++) link(pairing, index, index)
  for (let index = baseEnd; index < base.length; index++) link(pairing, index, index + nextEnd - baseEnd)
  if (start === baseEnd || start === nextEnd) return { ...pairing, stays: pairing.targets.map(target => target !== -1) }
  const middle: Middle = { base, next, start, baseEnd, nextEnd, pairing }
  linkByKey(middle, identify, isSame)
  if (!isComplete) linkByKey(middle, conventionalId, () => true)
  const stays = findStays(middle)
  if (!isComplete) linkInGaps(middle, stays, isSame)
  return { ...pairing, stays }
}

/** The same array twice with nothing of the one in the other: all deleted, all inserted. */
export function alignNothing(base: readonly unknown[], next: readonly unknown[]): Alignment {
  return { sources: filled(next.length, -1), targets: filled(base.length, -1), stays: filled(base.length, false) }
}

/** What is left of two arrays without their identical beginnings and ends. */
function trim(base: readonly unknown[], next: readonly unknown[], isSame: Sameness['isSame']): Splice {
  let start = 0
  let baseEnd = base.length
  let nextEnd = next.length
  while (start < baseEnd && start < nextEnd && isSame(base[start], next[start])) start++
  while (baseEnd > start && nextEnd > start && isSame(base[baseEnd - 1], next[nextEnd - 1])) {
    baseEnd--
    nextEnd--
  }
  return { start, baseEnd, nextEnd }
}

interface Pairing {
  readonly sources: number[]
  readonly targets: number[]
}

/** What is between the identical beginnings and ends of two arrays. */
interface Middle extends Splice {
  readonly base: readonly unknown[]
  readonly next: readonly unknown[]
  readonly pairing: Pairing
}

/** Each new element without a partner, left to right, gets the first free base element of the same key. */
function linkByKey(
  { base, next, start, baseEnd, nextEnd, pairing }: Middle,
  keyOf: (element: unknown) => unknown,
  isMatch: (base: unknown, next: unknown) => boolean,
): void {
  /** The first free base element of a key, and for each the following one of the same key. */
  const first = new Map<unknown, number>()
  const following = new Map<number, number>()
  for (let index = baseEnd - 1; index >= start; index--) {
    if (pairing.targets[index] !== -1) continue
    const key = keyOf(base[index])
    if (key === undefined) continue
    const later = first.get(key)
    if (later !== undefined) following.set(index, later)
    first.set(key, index)
  }
  if (first.size === 0) return
  for (let index = start; index < nextEnd; index++) {
    if (pairing.sources[index] !== -1) continue
    const key = keyOf(next[index])
    const partner = key === undefined ? undefined : first.get(key)
    if (partner === undefined || !isMatch(base[partner], next[index])) continue
    link(pairing, partner, index)
    const later = following.get(partner)
    if (later === undefined) first.delete(key)
    else first.set(key, later)
  }
}

/**
 * Which base elements stay: the longest run of partners whose order is that of the base (patience sorting, the last
 * tail and the links to predecessors). The others have moved.
 */
function findStays({ base, start, nextEnd, baseEnd, pairing }: Middle): boolean[] {
  const stays = filled(base.length, true)
  for (let index = start; index < baseEnd; index++) stays[index] = false
  /** For each length the smallest last index of a run of that length. */
  const tails: number[] = []
  const predecessors = new Map<number, number>()
  for (let index = start; index < nextEnd; index++) {
    const source = pairing.sources[index]
    if (source === undefined || source === -1) continue
    const position = firstNotBelow(tails, source)
    const previous = tails[position - 1]
    if (previous !== undefined) predecessors.set(source, previous)
    tails[position] = source
  }
  for (let index = tails.at(-1); index !== undefined; index = predecessors.get(index)) stays[index] = true
  return stays
}

function firstNotBelow(sorted: readonly number[], value: number): number {
  // Nearly always it goes to the end.
  const last = sorted.at(-1)
  if (last === undefined || last < value) return sorted.length
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? value) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** In each gap between elements that stay, what is left without an id: a position written, or an edited copy. */
function linkInGaps(middle: Middle, stays: boolean[], isSame: Sameness['isSame']): void {
  const { base, next, start, baseEnd, nextEnd, pairing } = middle
  let nextIndex = start
  let baseIndex = start
  while (baseIndex < baseEnd || nextIndex < nextEnd) {
    const removed: number[] = []
    const inserted: number[] = []
    while (baseIndex < baseEnd && !stays[baseIndex]) {
      if (pairing.targets[baseIndex] === -1 && conventionalId(base[baseIndex]) === undefined) removed.push(baseIndex)
      baseIndex++
    }
    const end = baseIndex < baseEnd ? (pairing.targets[baseIndex] ?? nextEnd) : nextEnd
    for (; nextIndex < end; nextIndex++) {
      if (pairing.sources[nextIndex] === -1 && conventionalId(next[nextIndex]) === undefined) inserted.push(nextIndex)
    }
    linkGap(middle, removed, inserted, stays, isSame)
    baseIndex++
    nextIndex++
  }
}

function linkGap(
  { base, next, pairing }: Middle,
  removed: readonly number[],
  inserted: readonly number[],
  stays: boolean[],
  isSame: Sameness['isSame'],
): void {
  const isWritten = removed.length === inserted.length
  let comparisons = 0
  let from = 0
  for (const [position, nextIndex] of inserted.entries()) {
    // Only forward, so that what is linked here stays.
    const found = isWritten
      ? position
      : removed.findIndex(
          (baseIndex, index) =>
            index >= from && comparisons++ < maxComparisons && isAlike(base[baseIndex], next[nextIndex], isSame),
        )
    const baseIndex = removed[found]
    if (baseIndex === undefined) continue
    link(pairing, baseIndex, nextIndex)
    stays[baseIndex] = true
    from = found + 1
  }
}

function identityOf(element: unknown): unknown {
  if (element instanceof Date) return `date ${element.getTime()}`
  if (element instanceof Uint8Array) return `bytes ${Buffer.from(element).toString('base64')}`
  return element
}

function link({ sources, targets }: Pairing, baseIndex: number, nextIndex: number): void {
  sources[nextIndex] = baseIndex
  targets[baseIndex] = nextIndex
}

function filled<T>(length: number, value: T): T[] {
  const array: T[] = []
  for (let index = 0; index < length; index++) array.push(value)
  return array
}
