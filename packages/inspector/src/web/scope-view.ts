import {
  type CommitInfo,
  type EndedDocument,
  type LiveDocument,
  type Patch,
  type ScopeDocument,
  type ScopeKey,
  UnreadableDocumentError,
  decodeDocument,
  historyOf,
  stateAt,
} from '@scopes/core'
import type { ScopeAddress, ScopeView, ShownCommit, ShownPatch, ShownValue } from './page-data.ts'
import { showBriefly, showPath, showValue } from './shown-value.ts'

/** So many patches of one commit are shown. */
const patchesShown = 100

/**
 * The scope in these bytes for the page, with the commits that they hold and the state at a version, or the newest. Bytes that
 * cannot be decoded are shown as such.
 */
export function viewScope(
  documentKey: string,
  key: ScopeKey,
  bytes: Uint8Array | undefined,
  version: number | undefined,
): ScopeView {
  const address: ScopeAddress = { key: documentKey, ...key }
  if (bytes === undefined) return { ...address, type: 'missing' }
  const document = decodeOrError(documentKey, bytes)
  if (document instanceof UnreadableDocumentError) {
    return { ...address, type: 'unreadable', bytes: bytes.length, message: document.message }
  }
  if (document.type === 'ended') return viewEnded(address, document, bytes)
  return viewLiving(address, document, bytes, version ?? document.version)
}

/** The document, or why there is none. */
export function decodeOrError(documentKey: string, bytes: Uint8Array): ScopeDocument | UnreadableDocumentError {
  try {
    return decodeDocument(bytes, { key: documentKey })
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return error
    throw error
  }
}

function viewLiving(address: ScopeAddress, document: LiveDocument, bytes: Uint8Array, wanted: number): ScopeView {
  const { life, version, deadline, facts, snapshotVersion } = document
  const commits = historyOf(document)
  const state = stateAt(document, wanted)
  return {
    ...address,
    type: 'live',
    life,
    version,
    bytes: bytes.length,
    createdAt: facts.createdAt,
    ...(deadline > 0 && { deadline: deadline * 1000 }),
    schemaVersion: commits.at(-1)?.schemaVersion ?? facts.schemaVersion,
    oldest: snapshotVersion,
    commits: commits.map(commit => showCommit(commit, stateAt(document, commit.version - 1))),
    shown: { version: wanted, ...(state && { value: showValue(state) }) },
  }
}

function viewEnded(address: ScopeAddress, document: EndedDocument, bytes: Uint8Array): ScopeView {
  const { life, version, reason, detail, at, delivery, state } = document
  return {
    ...address,
    type: 'ended',
    life,
    version,
    bytes: bytes.length,
    reason,
    ...(detail !== undefined && { detail }),
    at,
    isDelivered: delivery.type === 'delivered',
    ...(state && { value: showValue(state) }),
  }
}

function showCommit(commit: CommitInfo, before: unknown): ShownCommit {
  const { version, commitId, at, origin, baseVersion, schemaVersion, ops, patches } = commit
  return {
    version,
    commitId,
    at,
    process: origin.process,
    ...(origin.request !== undefined && { request: origin.request }),
    baseVersion,
    schemaVersion,
    ops: ops.map(({ name, path, args }) => `${name}(${[...path.map(argument), ...args.map(argument)].join(', ')})`),
    patches: patches.slice(0, patchesShown).map(patch => showPatch(patch, before)),
    more: Math.max(0, patches.length - patchesShown),
  }
}

function showPatch(patch: Patch, before: unknown): ShownPatch {
  const { op } = patch
  const path = showPath(patch.path)
  switch (op) {
    case 'set':
      return { op, path, ...valueBefore(before, patch.path), after: showBriefly(patch.value) }
    case 'delete':
      return { op, path, ...valueBefore(before, patch.path) }
    case 'splice':
      return {
        op,
        path,
        index: patch.index,
        removed: patch.deleteCount,
        items: patch.items.slice(0, 20).map(showBriefly),
      }
    case 'move':
      return { op, path, from: patch.from, to: patch.to }
    default:
      return patch satisfies never
  }
}

/** What stood there before the commit. Patches of values come before those that shift elements, so paths fit the old state. */
function valueBefore(state: unknown, path: Patch['path']): { readonly before?: ShownValue } {
  let value: unknown = state
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) return {}
    value = value instanceof Map ? value.get(segment) : (value as Record<string, unknown>)[String(segment)]
  }
  return value === undefined ? {} : { before: showBriefly(value) }
}

function argument(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)) ?? ''
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}
