import { createHash } from 'node:crypto'
import type { KeyedDocument } from '../documents/stored-documents.ts'
import type { ExportEnd, ExportHead } from './export-line.ts'

/** So many characters are handed on together. */
const chunkLength = 256 * 1024

/** Writes an export, line by line. `write` is awaited: no more than one part is held. */
export class ExportWriter {
  readonly #write: (bytes: Uint8Array) => Promise<void>
  readonly #hash = createHash('sha256')
  #documents = 0
  #waiting = ''

  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#write = write
  }

  /** How many documents were added. */
  get documents(): number {
    return this.#documents
  }

  /** The first line. */
  async begin(head: Omit<ExportHead, 'type' | 'version'>): Promise<void> {
    await this.#add(JSON.stringify({ type: 'scopes-export', version: 1, ...head } satisfies ExportHead))
  }

  /** A document, with its value for who reads the file with other programs. The answer is to be awaited where there is one. */
  add({ key, bytes }: Pick<KeyedDocument, 'key' | 'bytes'>, value?: unknown): Promise<void> | undefined {
    this.#documents++
    // The text of bytes holds nothing that JSON writes otherwise.
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    const more = value === undefined ? '' : `,"value":${JSON.stringify(value)}`
    return this.#add(`{"type":"document","key":${JSON.stringify(key)},"bytes":"${text}"${more}}`)
  }

  /** The last line. Afterwards everything is written. */
  async end(): Promise<void> {
    await this.#hand()
    const end: ExportEnd = { type: 'end', documents: this.#documents, digest: this.#hash.digest('hex') }
    await this.#write(Buffer.from(`${JSON.stringify(end)}\n`))
  }

  #add(line: string): Promise<void> | undefined {
    this.#waiting += `${line}\n`
    return this.#waiting.length < chunkLength ? undefined : this.#hand()
  }

  #hand(): Promise<void> {
    const bytes = Buffer.from(this.#waiting)
    this.#waiting = ''
    this.#hash.update(bytes)
    return this.#write(bytes)
  }
}
