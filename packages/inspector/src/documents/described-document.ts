import {
  decodeDocument,
  type DecodeOptions,
  decodeRecord,
  type EndedDocument,
  isOverdue,
  type LiveDocument,
  parseDocumentKey,
  type ScopeKey,
  UnreadableDocumentError,
} from '@scopes/core'
import type { KeyedDocument } from './stored-documents.ts'

/** What a stored document is, by its key and its bytes. */
export type DescribedDocument = DescribedScope | OtherDocument

/** The document of a scope. */
type DescribedScope =
  /** `living`: it can be opened. `overdue`: its deadline has passed, and nobody has ended it yet. */
  | { readonly type: 'living' | 'overdue'; readonly scope: ScopeKey; readonly document: LiveDocument }
  /** An end marker. */
  | { readonly type: 'ended'; readonly scope: ScopeKey; readonly document: EndedDocument }

/** Any other document. */
type OtherDocument =
  /** An end that waits for its handlers while its id has a new life. `of`: the key of its scope. */
  | { readonly type: 'journal'; readonly of: string | undefined; readonly document: EndedDocument }
  | { readonly type: 'lock' | 'index'; readonly value: unknown }
  | { readonly type: 'unreadable'; readonly error: UnreadableDocumentError }
  /** No key of Scopes: a document of somebody else. It is not looked at. */
  | { readonly type: 'foreign' }

/**
 * What the document is at that time, in milliseconds since 1970. Every byte of it is checked; unless `defersState` is false the state
 * may be made only when it is read.
 */
export function describeDocument(
  { key, bytes }: Pick<KeyedDocument, 'key' | 'bytes'>,
  now: number,
  { defersState = true }: Pick<DecodeOptions, 'defersState'> = {},
): DescribedDocument {
  try {
    const scope = parseDocumentKey(key)
    if (scope !== undefined) return describeScope(scope, decodeDocument(bytes, { key, defersState }), now)
    if (key.startsWith('end:')) return describeJournal(key, bytes)
    if (key.startsWith('lock:')) return { type: 'lock', value: decodeRecord(bytes, key) }
    if (key.startsWith('index:')) return { type: 'index', value: decodeRecord(bytes, key) }
    return { type: 'foreign' }
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return { type: 'unreadable', error }
    throw error
  }
}

function describeScope(scope: ScopeKey, document: LiveDocument | EndedDocument, now: number): DescribedScope {
  if (document.type === 'ended') return { type: 'ended', scope, document }
  return { type: isOverdue(document.deadline, now) ? 'overdue' : 'living', scope, document }
}

function describeJournal(key: string, bytes: Uint8Array): OtherDocument {
  const document = decodeDocument(bytes, { key })
  if (document.type === 'ended') return { type: 'journal', of: document.of, document }
  throw new UnreadableDocumentError(`The document ${JSON.stringify(key)} is unreadable: a journal holds an end.`, {
    key,
  })
}
