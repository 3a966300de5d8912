import { markerExpiry, storeExpiry } from '../definition/lifetime.ts'
import { decodeDocument } from '../document/decode.ts'
import { isJournalKey } from '../document/journal.ts'
import { parseDocumentKey } from '../document/scope-key.ts'
import type { ScopeDocument } from '../document/scope-document.ts'
import { withoutFences } from '../document/without-fences.ts'
import { decodeIndex } from '../index/index-document.ts'
import type { WriteOptions } from '../store/document-store.ts'

/** How a document is put into a store that it does not come from. */
export interface MovedDocument {
  readonly bytes: Uint8Array
  /** When the store may drop it. */
  readonly expiry: Pick<WriteOptions, 'expiresAt' | 'ttlSeconds'>
}

/**
 * A document of a backup or of another store, as it is to be stored at that time (milliseconds since 1970); undefined: it stays
 * where it is. It is as it was but for its fences: they compare tokens of the locks of one store, and in another, whose tokens may be
 * lower, nobody who holds a lock could write any more. Locks themselves are not moved: whoever holds one holds it there.
 * @throws UnreadableDocumentError, and then it must not be stored
 */
export function movedDocument(key: string, bytes: Uint8Array, nowMs: number): MovedDocument | undefined {
  if (key.startsWith('index:')) {
    const { until } = decodeIndex(bytes, key)
    return { bytes, expiry: { expiresAt: until === 0 ? undefined : until } }
  }
  if (parseDocumentKey(key) === undefined && !isJournalKey(key)) return undefined
  const document = decodeDocument(bytes, { key, defersState: true })
  return { bytes: withoutFences(document) ?? bytes, expiry: expiryOf(document, nowMs) }
}

function expiryOf(document: ScopeDocument, nowMs: number): MovedDocument['expiry'] {
  if (document.type === 'ended') return markerExpiry(document.deadline, nowMs)
  return { expiresAt: storeExpiry(document.deadline, document.facts.keepEndsMs ?? 0) }
}
