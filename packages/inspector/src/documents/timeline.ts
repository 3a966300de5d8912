import {
  type CommitInfo,
  type EndedDocument,
  historyOf,
  type LiveDocument,
  type ScopeDocument,
  stateAt,
} from '@scopes/core'

/** What happened to a scope, as its document still holds it. */
export type TimelineEntry =
  /** Where the document begins: what led to it was compacted away, unless it is version 1. */
  | { readonly type: 'snapshot'; readonly document: LiveDocument; readonly version: number; readonly state: unknown }
  | {
      readonly type: 'commit'
      readonly commit: CommitInfo
      readonly version: number
      /** It began on an older state than the one before it, and was merged with what others had changed since. */
      readonly isMerged: boolean
      readonly before: unknown
    }
  | { readonly type: 'end'; readonly document: EndedDocument; readonly version: number }

/** Whether it began on an older version than the one before it. A recipe that ran again began on that one, and is not told apart. */
export function isMergedCommit({ version, baseVersion }: Pick<CommitInfo, 'version' | 'baseVersion'>): boolean {
  return baseVersion < version - 1
}

/** The entries of a document, oldest first. */
export function timelineOf(document: ScopeDocument): readonly TimelineEntry[] {
  if (document.type === 'ended') return [{ type: 'end', document, version: document.version }]
  const { snapshotVersion, snapshotState } = document
  const snapshot: TimelineEntry = { type: 'snapshot', document, version: snapshotVersion, state: snapshotState }
  const commits = historyOf(document).map((commit): TimelineEntry => {
    const { version } = commit
    const before = stateAt(document, version - 1)
    return { type: 'commit', commit, version, isMerged: isMergedCommit(commit), before }
  })
  return [snapshot, ...commits]
}

/** The versions of which the document holds the state, the first and the last; undefined: it holds none. */
export function heldVersions(document: ScopeDocument): { readonly from: number; readonly to: number } | undefined {
  if (document.type === 'live') return { from: document.snapshotVersion, to: document.version }
  // The end is a version of its own, and its state is the one before it.
  return document.state === undefined ? undefined : { from: document.version - 1, to: document.version }
}

/** The state at a version; undefined when the document does not hold it. */
export function heldState(document: ScopeDocument, version: number): Readonly<Record<string, unknown>> | undefined {
  if (document.type === 'live') return stateAt(document, version)
  return version === document.version || version === document.version - 1 ? document.state : undefined
}
