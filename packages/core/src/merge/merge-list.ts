import { alignKeyed, keysOf, type ListKey } from '../diff/list-keys.ts'
import { align, alignNothing } from '../diff/splices.ts'
import { same } from '../value/equal.ts'
import { freezeContainer } from '../value/freeze-container.ts'
import { holdsBytes } from '../value/stored-bytes.ts'
import type { Decisions } from './decisions.ts'
import type { Place, Sides } from './place.ts'
import { type Sequence, mergeSequence } from './sequence.ts'

type List = readonly unknown[]

/** A list in the three states. */
export type Lists = Sides<List>

/** The merged value of an element: of the base at this index, or named by this key. */
type MergeElement<Name> = (name: Name, sides: Sides) => unknown

/** The lists, where all three are some. */
export function asLists({ base, ours, theirs }: Sides): Lists | undefined {
  return Array.isArray(base) && Array.isArray(ours) && Array.isArray(theirs) ? { base, ours, theirs } : undefined
}

/** The three lists as sequences (merge rule 22). Nothing of the base is in a list that is among the new values. */
export function mergeList(
  place: Place,
  lists: Lists,
  {
    newInOurs,
    newInTheirs,
    decisions,
  }: {
    readonly newInOurs: ReadonlySet<object>
    readonly newInTheirs: ReadonlySet<object>
    readonly decisions: Decisions
  },
  mergeElement: MergeElement<number>,
): List {
  const { base, ours, theirs } = lists
  const alignmentOf = newInOurs.has(ours) ? alignNothing : align
  const theirAlignmentOf = newInTheirs.has(theirs) ? alignNothing : align
  const sequence = mergeSequence(
    base,
    {
      ours: { list: ours, alignment: alignmentOf(base, ours) },
      theirs: { list: theirs, alignment: theirAlignmentOf(base, theirs) },
    },
    (index, our, their) => mergeElement(index, { base: base[index], ours: our, theirs: their }),
  )
  return arranged(place, lists, sequence, decisions)
}

/**
 * The three lists as sequences of elements that are told apart by a property (merge rule 30). Undefined when that does
 * not tell them apart.
 */
export function mergeListByKey(
  place: Place,
  lists: Lists,
  { property, decisions }: { readonly property: string; readonly decisions: Decisions },
  mergeElement: MergeElement<ListKey>,
): List | undefined {
  const { base, ours, theirs } = lists
  const [baseKeys, ourKeys, theirKeys] = [keysOf(base, property), keysOf(ours, property), keysOf(theirs, property)]
  if (!baseKeys || !ourKeys || !theirKeys) return undefined
  const [ourList, theirList] = [[...ours], [...theirs]]
  const known = new Set(baseKeys)
  const theirIndexes = new Map(theirKeys.map((key, index) => [key, index]))
  for (const [index, key] of ourKeys.entries()) {
    const theirIndex = theirIndexes.get(key)
    if (theirIndex === undefined || known.has(key)) continue
    // Added on both sides: it stands where theirs put it.
    const [added, theirAdded] = [ours[index], theirs[theirIndex]]
    theirList[theirIndex] = mergeElement(key, { base: undefined, ours: added, theirs: theirAdded })
    ourList[index] = undefined
  }
  const sequence = mergeSequence(
    base,
    {
      ours: { list: ourList, alignment: alignKeyed(base, ours, property) },
      theirs: { list: theirList, alignment: alignKeyed(base, theirs, property) },
    },
    (index, our, their) => {
      const key = baseKeys[index]
      return key === undefined ? their : mergeElement(key, { base: base[index], ours: our, theirs: their })
    },
  )
  return arranged(place, lists, sequence, decisions)
}

function arranged({ path, policies }: Place, lists: Lists, sequence: Sequence, decisions: Decisions): List {
  const merged = sequence.isOrderContested
    ? decisions.decide(
        { path, kind: 'order', ...lists, resultOf: winner => freezeList(sequence.arrange(winner)) },
        policies.decider,
      )
    : sequence.arrange('ours')
  // A function may have put something else there.
  if (!Array.isArray(merged)) return merged as List
  const { theirs } = lists
  const isTheirs = merged.length === theirs.length && merged.every((element, index) => same(element, theirs[index]))
  return isTheirs ? theirs : freezeList(merged)
}

function freezeList(list: List): List {
  return freezeContainer(list, list.some(holdsBytes))
}
