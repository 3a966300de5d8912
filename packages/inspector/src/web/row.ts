import { type EndedDocument, type LiveDocument, type ScopesError, UnreadableDocumentError } from '@scopes/core'
import type { ScopeRow } from './page-data.ts'
import { preview } from './preview.ts'
import type { IndexEntry } from './scope-index.ts'
import { decodeOrError } from './scope-view.ts'

/**
 * A line of the list: what the index knows, and what the document says now. It may be gone or unreadable, or the store may be;
 * `large`: it was not read.
 */
export function rowOf(entry: IndexEntry, found: Uint8Array | ScopesError | 'large' | undefined): ScopeRow {
  const { documentKey, application, kind, id, state, version, bytes, deadline } = entry
  const row: ScopeRow = {
    key: documentKey,
    application,
    kind,
    id,
    state,
    version,
    bytes,
    ...(deadline > 0 && { deadline: deadline * 1000 }),
  }
  if (found === undefined) return row
  if (found === 'large') return { ...row, preview: 'too large to be read for a list' }
  if (!(found instanceof Uint8Array)) return { ...row, preview: found.message }
  const document = decodeOrError(documentKey, found)
  if (document instanceof UnreadableDocumentError) return { ...row, state: 'unreadable', preview: document.message }
  return { ...row, ...(document.type === 'live' ? living(document) : ended(document)) }
}

function living({ version, tail, facts, state }: LiveDocument): Partial<ScopeRow> {
  // Of a document without commits the snapshot may be much younger than the scope: then it does not say.
  const at = tail.at(-1)?.at ?? (version === 1 ? facts.createdAt : undefined)
  return { version, ...(at !== undefined && { at }), preview: preview(state) }
}

function ended({ version, at, reason, detail }: EndedDocument): Partial<ScopeRow> {
  return { state: 'ended', version, at, preview: detail === undefined ? reason : `${reason}: ${detail}` }
}
