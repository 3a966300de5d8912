import type { CommitId, CommitRecord, EndedDocument, LiveDocument, ScopeDocument } from './scope-document.ts'

/** How many ids a snapshot or a marker names at least, where there are so many: its own and those of K = 32 before. */
export const namedIds = 33

/** A document, as far as it names the ids of its commits. */
export type NamingDocument =
  | Pick<EndedDocument, 'type' | 'version' | 'ids'>
  | (Pick<LiveDocument, 'type' | 'snapshotVersion' | 'snapshotIds'> & {
      readonly tail: readonly Pick<CommitRecord, 'commitId'>[]
    })

/** The commit id of a version, or undefined when the document does not (or no longer) say. */
export function idAt(document: NamingDocument, version: number): CommitId | undefined {
  if (document.type === 'ended') return document.ids[document.ids.length - 1 - (document.version - version)]
  const { snapshotVersion, snapshotIds, tail } = document
  if (version > snapshotVersion) return tail[version - snapshotVersion - 1]?.commitId
  return snapshotIds[snapshotIds.length - 1 - (snapshotVersion - version)]
}

/** Of how many versions, from the newest back without a gap, the document names the commit ids. */
export function knownIds(document: ScopeDocument): number {
  return document.type === 'ended' ? document.ids.length : document.tail.length + document.snapshotIds.length
}

/** Whether the document names this commit. */
export function hasId(document: ScopeDocument, commitId: CommitId): boolean {
  return versionOfId(document, commitId) !== undefined
}

/** The version that this commit made, or undefined when the document does not name it. */
export function versionOfId(document: ScopeDocument, commitId: CommitId): number | undefined {
  // Newest first: what is looked for was nearly always written just now.
  if (document.type === 'ended') return versionIn(document.ids, commitId, document.version)
  const { snapshotVersion, snapshotIds, tail } = document
  const index = tail.findLastIndex(record => record.commitId === commitId)
  return index === -1 ? versionIn(snapshotIds, commitId, snapshotVersion) : snapshotVersion + 1 + index
}

/** The last `count` ids up to `version`, oldest first, or fewer when the document names no more. */
export function idsUpTo(document: ScopeDocument, version: number, count: number): readonly CommitId[] {
  const ids: CommitId[] = []
  for (let index = 0; index < count; index++) {
    const id = idAt(document, version - index)
    if (id === undefined) break
    ids.push(id)
  }
  return ids.reverse()
}

function versionIn(ids: readonly CommitId[], commitId: CommitId, newest: number): number | undefined {
  const index = ids.lastIndexOf(commitId)
  return index === -1 ? undefined : newest - (ids.length - 1 - index)
}
