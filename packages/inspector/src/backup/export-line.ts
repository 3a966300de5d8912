import { FailedError } from '../terminal/usage-error.ts'

/** The first line of an export. */
export interface ExportHead {
  readonly type: 'scopes-export'
  readonly version: 1
  /** The address of the store, without user and password. */
  readonly store: string
  /** ISO 8601. */
  readonly at: string
}

/** A document as it was stored. */
export interface ExportedDocument {
  readonly type: 'document'
  readonly key: string
  /** Base64. */
  readonly bytes: string
}

/** The last line: without it the file was cut off. */
export interface ExportEnd {
  readonly type: 'end'
  readonly documents: number
  /** Of all bytes before this line, SHA-256 in hexadecimal digits. */
  readonly digest: string
}

/** A line of an export: NDJSON, the head first, the end last. Readers ignore properties that they do not know. */
export type ExportLine = ExportHead | ExportedDocument | ExportEnd

/** What a line says. @throws FailedError when it is none of an export */
export function parseExportLine(text: string): ExportLine {
  const line = jsonOfLine(text)
  switch (line['type']) {
    case 'scopes-export':
      if (line['version'] !== 1)
        throw new FailedError(`the export is of version ${String(line['version'])}, and 1 is known`)
      return { type: 'scopes-export', version: 1, store: String(line['store']), at: String(line['at']) }
    case 'document': {
      const { key, bytes } = line
      if (typeof key !== 'string' || typeof bytes !== 'string')
        throw new FailedError('a document needs a key and bytes')
      return { type: 'document', key, bytes }
    }
    case 'end': {
      const { documents, digest } = line
      if (typeof documents !== 'number' || typeof digest !== 'string')
        throw new FailedError('the end needs documents and digest')
      return { type: 'end', documents, digest }
    }
    default:
      throw new FailedError('it is no line of an export')
  }
}

function jsonOfLine(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new FailedError('it is no JSON', { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw new FailedError('it is no JSON object')
}
