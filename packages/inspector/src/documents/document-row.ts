import { type CommitId, type Life, parseDocumentKey } from '@scopes/core'
import type { DescribedDocument } from './described-document.ts'
import { isoTime } from '../terminal/texts.ts'
import type { KeyedDocument } from './stored-documents.ts'

/** A stored document in a list, as JSON. */
export interface DocumentRow {
  readonly key: string
  /** Of a scope; absent: it is none. */
  readonly kind?: string | undefined
  readonly application?: string | undefined
  readonly id?: string | undefined
  readonly state: DescribedDocument['type']
  readonly life?: Life | undefined
  readonly version?: number | undefined
  readonly commitId?: CommitId | undefined
  /** Of the whole document. */
  readonly bytes: number
  /** ISO 8601; null: never. Absent: it is no scope. */
  readonly deadline?: string | null | undefined
  /** Of what has ended: `expired`, `ended` or `rotated`, and the word given to `end`. */
  readonly reason?: string | undefined
  readonly detail?: string | undefined
  /** What is wrong with it, where it is unreadable. */
  readonly error?: string | undefined
}

/** The row of a document. */
export function documentRow({ key, bytes }: KeyedDocument, described: DescribedDocument): DocumentRow {
  const { type: state } = described
  const common = { key, ...parseDocumentKey(key), state, bytes: bytes.length }
  switch (described.type) {
    case 'living':
    case 'overdue': {
      const { life, version, commitId, deadline } = described.document
      return { ...common, life, version, commitId, deadline: timeOf(deadline) }
    }
    case 'ended':
    case 'journal': {
      const { life, version, commitId, deadline, reason, detail } = described.document
      return { ...common, life, version, commitId, deadline: timeOf(deadline), reason, detail }
    }
    case 'unreadable':
      return { ...common, error: described.error.message }
    case 'lock':
    case 'index':
    case 'foreign':
      return common
    default:
      return described satisfies never
  }
}

function timeOf(deadline: number): string | null {
  return deadline === 0 ? null : isoTime(deadline * 1000)
}
