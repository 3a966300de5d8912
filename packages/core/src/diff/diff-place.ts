import type { PathSegment } from '../value/path.ts'
import type { AssignedPaths } from './assigned-paths.ts'
import type { DeclaredPlace } from './declared-place.ts'
import { sharedKey } from './list-keys.ts'

/** Where a diff in the making is, and what is known of the place. */
export interface Place {
  readonly assigned: AssignedPaths | undefined
  readonly declared: DeclaredPlace | undefined
  /** Something above was assigned, so that whatever differs here was put here as well. */
  readonly isAssigned: boolean
  /** An element of an array that was assigned or changed its shape: assigned or shifted, nobody can say. */
  readonly isShifted?: boolean
  /** An element of a list by key: the same key says that it is the same one, edited. */
  readonly isIdentified?: boolean
}

/** The place one step down. */
export function placeBelow({ assigned, declared, isAssigned }: Place, segment: PathSegment): Place {
  return { assigned: assigned?.below.get(segment), declared: declared?.at(segment), isAssigned }
}

/** The place of an element that stands at `target` now, and was `before` in the base. */
export function elementPlace(place: Place, before: unknown, after: unknown, target: number): Place {
  const key = sharedKey(before, after, place.declared?.listKey)
  const element = placeBelow(place, target)
  return key === undefined ? element : { ...element, declared: place.declared?.at(key), isIdentified: true }
}
