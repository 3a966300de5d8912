import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeDocument } from '../../src/document/decode.ts'
import { encodeCommit } from '../../src/document/encode.ts'
import { packEnd } from '../../src/document/end-payload.ts'
import { encodeFrame, frameKinds } from '../../src/document/frame.ts'
import { packSnapshot } from '../../src/document/snapshot.ts'
import type { ScopeDocument } from '../../src/document/scope-document.ts'
import { describeDocument } from './corpus/described.ts'
import { documents } from './corpus/documents.ts'

const corpus = join(import.meta.dirname, 'corpus')
const folders = (await readdir(corpus, { withFileTypes: true })).filter(entry => entry.isDirectory())
const files = await Promise.all(
  folders.map(async ({ name }) => (await readdir(join(corpus, name))).map(file => join(name, file))),
)
const names = files.flat().flatMap(file => (file.endsWith('.bin') ? [file.slice(0, -4)] : []))

/** What the encoder of today does not write: elements that are reserved, and those of later versions. */
const writtenByHand: ReadonlySet<string> = new Set(['format-1/end-claimed', 'format-1/tail-fence-and-more'])

test('each document of the corpus has its meaning beside it, and each that is described is there', () => {
  expect(files.flat().toSorted()).toEqual(names.flatMap(name => [`${name}.bin`, `${name}.json`]).toSorted())
  expect(names).toEqual(expect.arrayContaining(Object.keys(documents).map(name => join('format-1', name))))
  expect(names.length).toBeGreaterThan(48)
})

describe.each(names)('%s', name => {
  test('means for ever what it meant when it was written, in this order', async () => {
    expect(JSON.stringify(describeDocument(decodeDocument(await bytesOf(name))))).toBe(await meaningOf(name))
  })

  test('means the same to who knows an earlier version of it', async () => {
    const bytes = await bytesOf(name)
    const meaning = await meaningOf(name)
    for (const end of boundariesOf(decodeDocument(bytes))) {
      const known = decodeDocument(bytes.subarray(0, end))
      expect(JSON.stringify(describeDocument(decodeDocument(bytes, { known })))).toBe(meaning)
    }
  })
})

test.each(names.filter(name => !writtenByHand.has(name)))(
  '%s is what the encoder makes of it, byte by byte',
  async name => {
    const bytes = await bytesOf(name)
    expect(Buffer.from(encoded(decodeDocument(bytes))).equals(bytes)).toBe(true)
  },
)

function bytesOf(name: string): Promise<Buffer> {
  return readFile(join(corpus, `${name}.bin`))
}

async function meaningOf(name: string): Promise<string> {
  return (await readFile(join(corpus, `${name}.json`), 'utf8')).trimEnd()
}

/** Where the document could have ended at an earlier time. */
function boundariesOf(document: ScopeDocument): readonly number[] {
  if (document.type === 'ended') return []
  const ends = [document.snapshotBytes]
  for (const { frame } of document.tail) ends.push((ends.at(-1) ?? 0) + frame.length)
  return ends
}

function encoded(document: ScopeDocument): Uint8Array {
  const { life, deadline } = document
  if (document.type === 'ended') {
    const { version, commitId } = document
    return encodeFrame({ kind: frameKinds.end, life, version, commitId, deadline }, packEnd(document))
  }
  const { snapshotVersion: version, snapshotState: state, snapshotIds: ids, facts } = document
  const commitId = ids.at(-1) ?? document.commitId
  const head = { kind: frameKinds.snapshot, life, version, commitId, deadline }
  const snapshot = encodeFrame(head, packSnapshot({ state, ids, facts }))
  return Buffer.concat([snapshot, ...document.tail.map(record => encodeCommit({ ...record, life, deadline }))])
}
