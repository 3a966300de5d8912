import type { Path, PathSegment } from '../value/path.ts'

/** Which places of a draft were assigned, as a tree: what immer's patches are good for (merge rule 11). */
export interface AssignedPaths {
  /** A patch ends exactly here. */
  isHere: boolean
  readonly below: Map<PathSegment, AssignedPaths>
}

/** The tree of these paths. */
export function assignedPaths(paths: Iterable<Path>): AssignedPaths {
  const root = emptyPaths()
  for (const path of paths) {
    let place = root
    for (const segment of path) {
      let next = place.below.get(segment)
      if (next === undefined) place.below.set(segment, (next = emptyPaths()))
      place = next
    }
    place.isHere = true
  }
  return root
}

function emptyPaths(): AssignedPaths {
  return { isHere: false, below: new Map() }
}
