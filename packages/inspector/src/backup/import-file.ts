import { type DocumentStore, movedDocument, UnreadableDocumentError } from '@scopes/core'
import { type ImportedDocument, Importer } from './import-document.ts'
import { type FileDocument, readExport } from './read-export.ts'

/** What a file holds, or what has become of it. */
export interface ImportCounts {
  /** All that are in the file. */
  documents: number
  /** They cannot be read, or are of a kind that is not moved, and were left out. */
  unreadable: number
  imported: number
  present: number
  kept: number
}

/** How a file is read. */
export interface ImportOptions {
  readonly now: () => number
  /** Told of each document that was not imported. */
  readonly onRefused: (key: string, why: 'unreadable' | 'kept', text: string) => Promise<void>
  /** Told of how many have been looked at. */
  readonly onProgress: (documents: number) => void
  readonly signal?: AbortSignal | undefined
}

/** So many writes are under way at the same time. */
const together = 128

/** How many documents are in the file. Rejects with FailedError that says where, when it is no whole export. */
export async function checkExport(
  path: string,
  { onProgress, signal }: Omit<ImportOptions, 'onRefused' | 'now'>,
): Promise<number> {
  let documents = 0
  for await (const _ of readExport(path)) {
    signal?.throwIfAborted()
    onProgress(++documents)
  }
  return documents
}

/**
 * Afterwards each document of the file is in the store, or was refused, with the reason told. The file has been checked before.
 * Rejects with StoreUnavailableError; what is imported then is imported, and the same import goes on with the rest.
 */
export async function importFile(path: string, store: DocumentStore, options: ImportOptions): Promise<ImportCounts> {
  const { now, onRefused, onProgress, signal } = options
  const counts: ImportCounts = { documents: 0, unreadable: 0, imported: 0, present: 0, kept: 0 }
  const importer = new Importer(store, signal)
  let batch = new Map<string, ImportedDocument>()
  for await (const line of readExport(path)) {
    signal?.throwIfAborted()
    onProgress(++counts.documents)
    const moved = moveLine(line, now())
    if (moved instanceof UnreadableDocumentError) {
      counts.unreadable++
      await onRefused(line.key, 'unreadable', moved.message)
      continue
    }
    // Of one that changed while it was exported the file has several: one after the other.
    if (batch.has(line.key) || batch.size >= together) batch = await flush(batch)
    batch.set(line.key, moved)
  }
  await flush(batch)
  return counts

  async function flush(documents: ReadonlyMap<string, ImportedDocument>): Promise<Map<string, ImportedDocument>> {
    const results = await Promise.all(
      [...documents.values()].map(async document => [document.key, await importer.add(document)] as const),
    )
    for (const [key, result] of results) {
      counts[result]++
      if (result === 'kept') await onRefused(key, result, 'the store has another history of it')
    }
    return new Map()
  }
}

function moveLine({ key, bytes }: FileDocument, now: number): ImportedDocument | UnreadableDocumentError {
  try {
    const moved = movedDocument(key, Buffer.from(bytes, 'base64'), now)
    if (moved !== undefined) return { key, ...moved }
    return new UnreadableDocumentError(`${JSON.stringify(key)} is the key of no scope.`, { key })
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return error
    throw error
  }
}
