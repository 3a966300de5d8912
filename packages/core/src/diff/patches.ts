import type { Path, PathSegment } from '../value/path.ts'
import type { PlainObject } from '../value/kind.ts'
import type { State } from '../value/plain-data.ts'
import { applyDiff } from './apply.ts'
import type { Diff } from './diff.ts'
import { type Runs, runsOf } from './script.ts'
import { align } from './splices.ts'

/** One step of the public view of a diff, to be applied in sequence (merge rule 40). */
export type Patch =
  /** The value at `path` is this: a property, an array element or a Map entry; a Set as a whole; at `[]` the state. */
  | { readonly op: 'set'; readonly path: Path; readonly value: unknown }
  /** There is no such property or Map entry. */
  | { readonly op: 'delete'; readonly path: Path }
  /** Of the array at `path`, as `Array.prototype.splice`. */
  | {
      readonly op: 'splice'
      readonly path: Path
      readonly index: number
      readonly deleteCount: number
      readonly items: readonly unknown[]
    }
  /** The element of the array at `path` is taken out at `from` and put in at `to`, an index of what is left. */
  | { readonly op: 'move'; readonly path: Path; readonly from: number; readonly to: number }

/**
 * The diff as patches: applied in sequence to the value before they give the value after. `before` is undefined where
 * there was none, `diff` where nothing changed.
 */
export function toPatches(diff: Diff | undefined, before: State | undefined): readonly Patch[] {
  const patches: Patch[] = []
  if (diff !== undefined) addPatches(diff, before ?? {}, [], patches)
  return patches
}

function addPatches(node: Diff, before: unknown, path: Path, patches: Patch[]): void {
  const [tag, ...parts] = node
  switch (tag) {
    case 0:
      patches.push({ op: 'set', path, value: parts[0] })
      return
    case 1:
      patches.push({ op: 'delete', path })
      return
    case 2:
    case 4:
      for (let index = 0; index < parts.length; index += 2) {
        const key = parts[index] as PathSegment
        addPatches(parts[index + 1] as Diff, valueAt(before, key), [...path, key], patches)
      }
      return
    case 3:
      addArrayPatches(parts, before as readonly unknown[], path, patches)
      return
    default: {
      // A member of a Set has no path of its own.
      const { state } = applyDiff([2, 'set', node], { set: before })
      patches.push({ op: 'set', path, value: state['set'] })
    }
  }
}

function valueAt(container: unknown, key: PathSegment): unknown {
  return container instanceof Map
    ? (container as ReadonlyMap<unknown, unknown>).get(key)
    : (container as PlainObject)[String(key)]
}

function addArrayPatches(
  [, script, edits = []]: readonly unknown[],
  before: readonly unknown[],
  path: Path,
  patches: Patch[],
): void {
  const changes = edits as readonly unknown[]
  // First the edits, where the elements still stand where the diff says.
  for (let position = 0; position < changes.length; position += 2) {
    const index = changes[position] as number
    addPatches(changes[position + 1] as Diff, before[index], [...path, index], patches)
  }
  if (script === 0) return
  const runs = runsOf(script as readonly unknown[])
  const kept = addDeletions(before.length, runs, path, patches)
  addMoves(kept, runs, path, patches)
  addInsertions(runs, path, patches)
}

/** From the end, so that no index shifts before its turn. Returns the base indexes that are left. */
function addDeletions(length: number, runs: Runs, path: Path, patches: Patch[]): number[] {
  const isKept = new Set(runs)
  const kept: number[] = []
  let end = length
  for (let index = length - 1; index >= -1; index--) {
    if (index >= 0 && !isKept.has(index)) continue
    if (index + 1 < end) patches.push({ op: 'splice', path, index: index + 1, deleteCount: end - index - 1, items: [] })
    if (index >= 0) kept.push(index)
    end = index
  }
  return kept.reverse()
}

/** Each element that does not stay among the others goes behind the one that precedes it in the end. */
function addMoves(kept: number[], runs: Runs, path: Path, patches: Patch[]): void {
  const order = runs.filter(run => typeof run === 'number')
  const { stays } = align(kept, order)
  const staying = new Set(kept.filter((_, index) => stays[index]))
  let preceding: number | undefined
  for (const element of order) {
    if (!staying.has(element)) {
      const from = kept.indexOf(element)
      kept.splice(from, 1)
      const to = preceding === undefined ? 0 : kept.indexOf(preceding) + 1
      kept.splice(to, 0, element)
      if (from !== to) patches.push({ op: 'move', path, from, to })
    }
    preceding = element
  }
}

function addInsertions(runs: Runs, path: Path, patches: Patch[]): void {
  let index = 0
  for (const run of runs) {
    if (typeof run === 'number') {
      index++
      continue
    }
    patches.push({ op: 'splice', path, index, deleteCount: 0, items: run })
    index += run.length
  }
}
