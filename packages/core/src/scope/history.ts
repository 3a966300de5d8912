import type { State } from '../value/plain-data.ts'
import type { ShownDocument } from '../definition/shown-document.ts'
import type { CommitId, Origin } from '../document/scope-document.ts'
import type { Patch } from '../diff/patches.ts'
import { patchesOf } from '../feed/patches-of.ts'
import type { Operation } from '../draft/operation.ts'

/** One commit of a scope's history. */
export interface CommitInfo {
  readonly version: number
  readonly commitId: CommitId
  /** Where the draft began; a recipe that ran again began on the version before its own. Smaller than `version - 1`: it was merged. */
  readonly baseVersion: number
  /** Of the state as it is stored; values and patches are in the shape of this process. */
  readonly schemaVersion: number
  /** Wall clock of the writer, milliseconds since 1970. */
  readonly at: number
  readonly origin: Origin
  /** What it changed, to be applied in sequence to the value before. Made when first read. */
  readonly patches: readonly Patch[]
  /** What was meant, where ops such as `inc` were called and nothing else changed their places; `patches` has their effect. */
  readonly ops: readonly Operation[]
}

/** The commits that the document holds as frames, oldest first; those of a decoded document in the shape that is stored. */
export function historyOf(document: ShownDocument | undefined): readonly CommitInfo[] {
  if (document === undefined) return []
  return document.tail.map((record, index) => {
    const { version, commitId, baseVersion, schemaVersion, at, origin, ops } = record
    const before = document.tail[index - 1]
    let patches: readonly Patch[] | undefined
    return {
      version,
      commitId,
      baseVersion,
      schemaVersion,
      at,
      origin,
      get patches(): readonly Patch[] {
        return (patches ??= patchesOf(record, before, document))
      },
      ops,
    }
  })
}

/** The state at a version, when the document still holds it. */
export function stateAt(document: ShownDocument | undefined, version: number): State | undefined {
  if (document === undefined) return undefined
  if (version === document.snapshotVersion) return document.snapshotState
  return document.tail.find(record => record.version === version)?.state
}
