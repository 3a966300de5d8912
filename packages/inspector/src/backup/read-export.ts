import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { FailedError } from '../terminal/usage-error.ts'
import { type ExportedDocument, parseExportLine } from './export-line.ts'

/** A document of an export file, with its place in it. */
export interface FileDocument extends ExportedDocument {
  /** From 1 on. */
  readonly line: number
}

/** A line may be as long as the longest document (512 MB in base64); what is longer is no export. */
const longestLine = 768 * 1024 * 1024

/**
 * The documents of an export file, in its order. Only who reads to the end knows that the file is whole.
 * Rejects with FailedError that names the line and the byte at which the file is not, or no longer, an export.
 */
export async function* readExport(path: string): AsyncGenerator<FileDocument, void, undefined> {
  const hash = createHash('sha256')
  let documents = 0
  let state: 'head' | 'documents' | 'end' = 'head'
  let place = { line: 0, byte: 0 }
  try {
    for await (const { bytes, line, byte, isWhole } of linesOf(path)) {
      place = { line, byte }
      if (!isWhole) throw new FailedError('the file is cut off here')
      if (state === 'end') throw new FailedError('something follows the end of the export')
      const parsed = parseExportLine(bytes.toString('utf8'))
      if ((parsed.type === 'scopes-export') !== (state === 'head'))
        throw new FailedError('an export has one head, its first line')
      if (parsed.type === 'end') {
        state = 'end'
        if (parsed.documents !== documents)
          throw new FailedError(`it says ${parsed.documents} documents, and ${documents} precede it`)
        if (parsed.digest !== hash.digest('hex')) throw new FailedError('what precedes it is not what was exported')
        continue
      }
      hash.update(bytes)
      state = 'documents'
      if (parsed.type !== 'document') continue
      documents++
      yield { ...parsed, line }
    }
    if (state !== 'end') throw new FailedError('the file is cut off after this line: its end is missing')
  } catch (error) {
    if (!(error instanceof FailedError)) throw error
    const { line, byte } = place
    throw new FailedError(`${path}, line ${line} (from byte ${byte}): ${error.message}.`, { cause: error })
  }
}

/** A line with the line feed that ends it. */
interface FileLine {
  readonly bytes: Buffer
  readonly line: number
  /** Where it begins in the file. */
  readonly byte: number
  /** A line feed ends it. */
  readonly isWhole: boolean
}

async function* linesOf(path: string): AsyncGenerator<FileLine, void, undefined> {
  let rest: Buffer[] = []
  let restLength = 0
  let line = 0
  let byte = 0
  const next = (bytes: Buffer, isWhole: boolean): FileLine => {
    const found = { bytes, line: ++line, byte, isWhole }
    byte += bytes.length
    return found
  }
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const part = chunk.subarray(start, end + 1)
      yield next(rest.length === 0 ? part : Buffer.concat([...rest, part]), true)
      rest = []
      restLength = 0
      start = end + 1
    }
    if (start === chunk.length) continue
    rest.push(chunk.subarray(start))
    restLength += chunk.length - start
    if (restLength > longestLine) throw new FailedError('a line is too long for an export')
  }
  if (rest.length > 0) yield next(Buffer.concat(rest), false)
}
