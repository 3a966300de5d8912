import { derivedKey } from './derived-key.ts'
import { type Encoded, encodeMarker } from './encode.ts'
import type { EndedDocument, Life } from './scope-document.ts'

const prefix = 'end:'

/** Where the undelivered end of a life is kept when its id gets a new one (lease protocol §4). */
export function journalKey(documentKey: string, life: Life): string {
  return derivedKey(`${prefix}${documentKey}:${life}`)
}

/** Whether a document of this key is a journal. */
export function isJournalKey(documentKey: string): boolean {
  return documentKey.startsWith(prefix)
}

/** The journal of an end. */
export function journalOf(documentKey: string, marker: EndedDocument): Encoded<EndedDocument> {
  return encodeMarker({ ...marker, of: documentKey })
}
