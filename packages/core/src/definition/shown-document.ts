import { type Diff, makeDiff } from '../diff/diff.ts'
import type { CommitRecord, EndedDocument, LiveDocument, ScopeDocument } from '../document/scope-document.ts'
import { noOperations } from '../draft/operation.ts'
import { UnreadableDocumentError } from '../errors.ts'
import type { ToldCommit, ToldLiving } from '../feed/observation.ts'
import { reconcile } from '../merge/reconcile.ts'
import type { State } from '../value/plain-data.ts'
import type { SchemaVersions } from './schema-version.ts'

/**
 * A living scope in the shape that the process works with. It says nothing of bytes: only what is stored is written on.
 * A stored document of the current schema version is one.
 */
export interface ShownDocument extends ToldLiving {
  readonly tail: readonly ShownCommit[]
}

/** A commit of it. `newValues` undefined: its states were upcast one by one, so nobody knows. */
export interface ShownCommit extends ToldCommit {
  readonly newValues: CommitRecord['newValues'] | undefined
}

/** A state as it is stored. */
export type StoredState = Pick<CommitRecord, 'state' | 'schemaVersion'>

/**
 * The document in this shape; it is the very same where everything in it is of the current schema version. Its newest
 * state is made now, older states, and the diffs between them, when they are read.
 * @throws UnreadableDocumentError when the newest state cannot be shown; reading an older one throws the same.
 */
export function showDocument(document: LiveDocument, versions: SchemaVersions): ShownDocument {
  if (isCurrent(document, versions.current)) return document
  const { type, life, version, commitId, deadline, facts, snapshotVersion, snapshotIds, tail } = document
  const snapshot: StoredState = { state: document.snapshotState, schemaVersion: facts.schemaVersion }
  const state = versions.upcast(document.state, (tail.at(-1) ?? snapshot).schemaVersion)
  return {
    type,
    life,
    version,
    commitId,
    deadline,
    state,
    facts,
    snapshotVersion,
    get snapshotState() {
      return versions.upcast(snapshot.state, snapshot.schemaVersion)
    },
    snapshotIds,
    tail: tail.map((record, index) => showCommit(record, tail[index - 1] ?? snapshot, versions)),
  }
}

/** The end marker in this shape: without its state where that cannot be shown. */
export function showEnd(document: EndedDocument, versions: SchemaVersions): EndedDocument {
  const { state, schemaVersion } = document
  if (state === undefined || schemaVersion === versions.current) return document
  try {
    return { ...document, state: versions.upcast(state, schemaVersion) }
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return { ...document, state: undefined }
    throw error
  }
}

/** Either in this shape. @throws UnreadableDocumentError as `showDocument` does */
export function showEither(document: ScopeDocument, versions: SchemaVersions): ShownDocument | EndedDocument {
  return document.type === 'live' ? showDocument(document, versions) : showEnd(document, versions)
}

/** The commit after `before` in this shape. */
export function showCommit(record: CommitRecord, before: StoredState, versions: SchemaVersions): ShownCommit {
  if (record.schemaVersion === versions.current && before.schemaVersion === versions.current) return record
  const { commitId, version, baseVersion, schemaVersion, at, origin } = record
  let diff: { readonly made: Diff | undefined } | undefined
  return {
    commitId,
    version,
    baseVersion,
    schemaVersion,
    at,
    origin,
    // They name places in another shape.
    ops: schemaVersion === versions.current ? record.ops : noOperations,
    get state() {
      return versions.upcast(record.state, schemaVersion)
    },
    get diff() {
      return (diff ??= { made: shownDiff(record, before, versions) }).made
    },
    newValues: undefined,
  }
}

function isCurrent({ facts, tail }: LiveDocument, current: number): boolean {
  if (facts.schemaVersion !== current) return false
  for (const { schemaVersion } of tail) if (schemaVersion !== current) return false
  return true
}

function shownDiff(record: CommitRecord, stored: StoredState, versions: SchemaVersions): Diff | undefined {
  const after = versions.upcast(record.state, record.schemaVersion)
  let before: State
  try {
    before = versions.upcast(stored.state, stored.schemaVersion)
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error
    // What was there before cannot be shown: the commit writes the whole state.
    return [0, after]
  }
  // Each was upcast by itself: what is equal in both is made the same object first.
  const shared = reconcile(before, after)
  return makeDiff(before, shared.state, { type: 'new', values: new Set([...shared.newValues, ...record.newValues]) })
}
