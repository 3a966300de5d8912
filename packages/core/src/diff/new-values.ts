import type { PlainObject } from '../value/kind.ts'
import type { State } from '../value/plain-data.ts'
import type { Folded } from './apply.ts'
import type { Diff } from './diff.ts'
import { targetsOf } from './script.ts'

/** A commit that has been folded onto the one before it. */
export interface FoldedCommit extends Folded {
  readonly diff: Diff | undefined
}

/**
 * What `foldDiffs` would call new values, for commits that have been folded one by one: the new values of each, and what
 * later ones edited of them. The states must be of that very chain, which begins with `base`.
 */
export function newValuesSince(base: State, commits: Iterable<FoldedCommit>): ReadonlySet<object> {
  const known = new Set<object>()
  let before = base
  for (const { diff, state, newValues } of commits) {
    if (diff !== undefined && known.size > 0) addCopies(diff, before, state, known)
    for (const value of newValues) known.add(value)
    before = state
  }
  return known
}

/** Adds the edited copies of what is known: a diff leads to each. */
function addCopies([tag, ...parts]: Diff, before: unknown, after: unknown, known: Set<object>): void {
  if (tag === 0 || tag === 1) return
  if (known.has(before as object)) known.add(after as object)
  if (tag === 3) return addCopiesOfElements(parts, before as readonly unknown[], after as readonly unknown[], known)
  if (tag === 5) return
  for (let index = 0; index < parts.length; index += 2) {
    const key = parts[index]
    addCopies(parts[index + 1] as Diff, partOf(before, key), partOf(after, key), known)
  }
}

function addCopiesOfElements(
  [, script, edits = []]: readonly unknown[],
  before: readonly unknown[],
  after: readonly unknown[],
  known: Set<object>,
): void {
  const targets = script === 0 ? undefined : targetsOf(script as readonly unknown[])
  const changes = edits as readonly unknown[]
  for (let position = 0; position < changes.length; position += 2) {
    const index = changes[position] as number
    const target = targets ? targets.get(index) : index
    if (target !== undefined) addCopies(changes[position + 1] as Diff, before[index], after[target], known)
  }
}

function partOf(container: unknown, key: unknown): unknown {
  return container instanceof Map ? container.get(key) : (container as PlainObject)[key as string]
}
