import { type Patch, toPatches } from '../diff/patches.ts'
import type { ToldCommit, ToldLiving } from './observation.ts'

/** The public view of what a commit of this document changed, after the one `before` it, or after the snapshot. */
export function patchesOf(
  { diff }: ToldCommit,
  before: ToldCommit | undefined,
  document: ToldLiving,
): readonly Patch[] {
  // A commit that writes the whole state needs no state before it, which may be one that cannot be told.
  if (diff === undefined || diff[0] === 0) return toPatches(diff, undefined)
  return toPatches(diff, before ? before.state : document.snapshotState)
}
