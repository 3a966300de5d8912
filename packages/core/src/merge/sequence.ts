import type { Alignment } from '../diff/splices.ts'
import { same } from '../value/equal.ts'

type List = readonly unknown[]
type Side = 'ours' | 'theirs'

/** Two arrays that came of one, element by element and place by place. */
export interface Sequence {
  /** For each element of the base what became of it; undefined: it is gone. */
  readonly elements: readonly unknown[]
  /** Both sides moved elements that both kept, to different orders. */
  readonly isOrderContested: boolean
  /** The merged array. Where the order is contested, it is that of `winner`. */
  arrange(winner: Side): List
}

/** One side: a list, and what of the base is in it. What it inserted and is undefined is left out. */
export interface SequenceSide {
  readonly list: List
  readonly alignment: Alignment
}

/**
 * A merge of arrays as sequences (merge rule 22): both sides' insertions, theirs first; what one side deleted and the
 * other left alone is gone; what one side moved stands there. `mergeElement` decides about an element that is gone
 * (undefined) or changed on a side.
 */
export function mergeSequence(
  base: List,
  { ours, theirs }: { readonly ours: SequenceSide; readonly theirs: SequenceSide },
  mergeElement: (index: number, ours: unknown, theirs: unknown) => unknown,
): Sequence {
  const elements = base.map((_, index) => mergeElement(index, elementAt(ours, index), elementAt(theirs, index)))
  const order = compareOrders(ours, theirs)
  return {
    elements,
    isOrderContested: order === 'different',
    arrange(winner) {
      // The same moves on both sides happen once; of contested ones only the winner's.
      const movesOf = { ours: order !== 'equal', theirs: true }
      if (order === 'different') movesOf[winner === 'ours' ? 'theirs' : 'ours'] = false
      return arrange(elements, { ...ours, hasMoves: movesOf.ours }, { ...theirs, hasMoves: movesOf.theirs })
    },
  }
}

function elementAt({ list, alignment }: SequenceSide, index: number): unknown {
  const target = alignment.targets[index] ?? -1
  return target === -1 ? undefined : list[target]
}

/** How the elements that both kept are ordered: as in the base on one side at least, or moved on both. */
function compareOrders(ours: SequenceSide, theirs: SequenceSide): 'unmoved' | 'equal' | 'different' {
  const [our, their] = [ours.alignment, theirs.alignment]
  const both = [...our.targets.keys()].filter(index => our.targets[index] !== -1 && their.targets[index] !== -1)
  const [ourOrder, theirOrder] = [sortedBy(both, our.targets), sortedBy(both, their.targets)]
  if (isEqualList(ourOrder, both) || isEqualList(theirOrder, both)) return 'unmoved'
  return isEqualList(ourOrder, theirOrder) ? 'equal' : 'different'
}

function sortedBy(indexes: readonly number[], targets: readonly number[]): readonly number[] {
  const isSorted = indexes.every(
    (index, at) => at === 0 || (targets[indexes[at - 1] ?? 0] ?? 0) < (targets[index] ?? 0),
  )
  return isSorted ? indexes : [...indexes].sort((left, right) => (targets[left] ?? 0) - (targets[right] ?? 0))
}

interface Arranged extends SequenceSide {
  /** Whether what this side moved is put where it moved it. */
  readonly hasMoves: boolean
}

/** What a side put into one gap of the base. */
interface Gap {
  readonly values: unknown[]
  hasMoved: boolean
}

const emptyGap: Gap = { values: [], hasMoved: false }

function arrange(elements: List, ours: Arranged, theirs: Arranged): List {
  const ourGaps = gapsOf(elements, ours, () => false)
  const theirGaps = gapsOf(elements, theirs, index => isMoved(ours, index))
  const merged: unknown[] = []
  for (let gap = 0; gap <= elements.length; gap++) {
    const our = ourGaps.get(gap) ?? emptyGap
    const their = theirGaps.get(gap) ?? emptyGap
    const ordered = our.hasMoved && !their.hasMoved ? [our, their] : [their, our]
    for (const { values } of ordered) for (const value of values) merged.push(value)
    const element = elements[gap]
    if (element !== undefined && !isMoved(ours, gap) && !isMoved(theirs, gap)) merged.push(element)
  }
  return merged
}

/** Gap 0 is before the first element of the base; another one follows the element with the index one less. */
function gapsOf(
  elements: List,
  side: Arranged,
  isPlacedElsewhere: (index: number) => boolean,
): ReadonlyMap<number, Gap> {
  const gaps = new Map<number, Gap>()
  let gap = 0
  for (const [position, source] of side.alignment.sources.entries()) {
    if (side.alignment.stays[source] === true) {
      gap = source + 1
      continue
    }
    const hasMoved = source !== -1
    if (hasMoved && (!isMoved(side, source) || isPlacedElsewhere(source))) continue
    const value = hasMoved ? elements[source] : side.list[position]
    if (value === undefined) continue
    const place = gaps.get(gap) ?? { values: [], hasMoved: false }
    place.values.push(value)
    place.hasMoved ||= hasMoved
    gaps.set(gap, place)
  }
  return gaps
}

function isMoved({ alignment, hasMoves }: Arranged, index: number): boolean {
  return hasMoves && alignment.targets[index] !== -1 && alignment.stays[index] === false
}

function isEqualList(left: List, right: List): boolean {
  return left === right || (left.length === right.length && left.every((item, index) => same(item, right[index])))
}
