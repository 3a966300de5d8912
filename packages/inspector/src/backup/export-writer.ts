import { createHash } from 'node:crypto'
import type { KeyedDocument } from '../documents/stored-documents.ts'
import type { ExportEnd, ExportHead } from './export-line.ts'

/** So many characters are handed on together. */
const chunkLength = 64 * 1024

/** Writes an export, line by line. `write` is awaited: what it is given is not held. */
export class ExportWriter {
  readonly #write: (text: string) => Promise<void>
  readonly #hash = createHash('sha256')
  #documents = 0
  #waiting = ''

  constructor(write: (text: string) => Promise<void>) {
    this.#write = write
  }

  /** How many documents were added. */
  get documents(): number {
    return this.#documents
  }

  /** The first line. */
  begin(head: Omit<ExportHead, 'type' | 'version'>): Promise<void> {
    return this.#add(JSON.stringify({ type: 'scopes-export', version: 1, ...head } satisfies ExportHead))
  }

  /** A document, with further properties for who reads the file with other programs. */
  add(
    { key, bytes }: Pick<KeyedDocument, 'key' | 'bytes'>,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    this.#documents++
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    return this.#add(JSON.stringify({ type: 'document', key, bytes: text, ...more }))
  }

  /** The last line. Afterwards everything is written. */
  async end(): Promise<void> {
    const digest = this.#hash.digest('hex')
    const end: ExportEnd = { type: 'end', documents: this.#documents, digest }
    await this.#write(`${this.#waiting}${JSON.stringify(end)}\n`)
    this.#waiting = ''
  }

  async #add(line: string): Promise<void> {
    this.#hash.update(line).update('\n')
    this.#waiting += `${line}\n`
    if (this.#waiting.length < chunkLength) return
    const text = this.#waiting
    this.#waiting = ''
    await this.#write(text)
  }
}
