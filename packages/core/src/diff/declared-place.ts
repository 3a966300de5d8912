import type { PathSegment } from '../value/path.ts'

/** What a definition declares about one place of a state, as far as a diff asks. */
export interface DeclaredPlace {
  /** An object that is assigned here is an edit of the old one, unless their ids differ (merge rule 19). */
  readonly isRecord: boolean
  /** The property that tells the elements of a list here apart (merge rule 30). Below it a segment is such a key. */
  readonly listKey: string | undefined
  /** The place one step down. */
  at(segment: PathSegment): DeclaredPlace
}
