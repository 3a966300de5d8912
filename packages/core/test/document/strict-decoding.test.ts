import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unclaimed } from '../../src/document/delivery.ts'
import { decodeDocument } from '../../src/document/decode.ts'
import { encodeEnd } from '../../src/document/encode.ts'
import { drawCommitId } from '../../src/document/ids.ts'
import type { LiveDocument } from '../../src/document/scope-document.ts'
import { UnreadableDocumentError } from '../../src/errors.ts'
import { type HandFrame, binary, double, joined, list, nil, object, text, writeByHand } from './hand-writer.ts'
import { propertySettings } from './property-settings.ts'
import { changed, created, deadline } from './sample-documents.ts'

const life = '00112233445566ff'
const ids = ['11'.repeat(16), '22'.repeat(16), '33'.repeat(16)] as const

const stateFields = object(0x41, { hits: [7], cart: list([1], [2]) })
const snapshotFields = { state: stateFields, ids: binary(ids[0]), schemaVersion: [1], createdAt: double(1) }
const snapshot = (frame: Partial<HandFrame> = {}): Uint8Array =>
  writeByHand({ kind: 1, life, version: 1n, commitId: ids[0], payload: object(0x40, snapshotFields), ...frame })
const snapshotWith = (fields: Readonly<Record<string, readonly number[] | undefined>>): Uint8Array => {
  const present = Object.entries({ ...snapshotFields, ...fields }).filter(([, value]) => value !== undefined)
  return snapshot({ payload: object(0x40, Object.fromEntries(present) as Record<string, readonly number[]>) })
}

const setHits = list([2], text('hits'), list([0], [8]))
const commitFields = [[1], [1], double(1), list(text('p')), setHits] as const
const commit = (frame: Partial<HandFrame> = {}): Uint8Array =>
  writeByHand({ kind: 2, life, version: 2n, commitId: ids[1], payload: list(...commitFields), ...frame })
const commitWith = (index: number, value: readonly number[]): Uint8Array =>
  joined(snapshot(), commit({ payload: list(...commitFields.map((field, at) => (at === index ? value : field))) }))

const endFields = {
  ids: binary(ids[1]),
  schemaVersion: [1],
  reason: text('ended'),
  at: double(1),
  delivery: text('pending'),
}
const end = (frame: Partial<HandFrame> = {}): Uint8Array =>
  writeByHand({ kind: 3, life, version: 2n, commitId: ids[1], payload: object(0x40, endFields), ...frame })
const endWith = (fields: Readonly<Record<string, readonly number[] | undefined>>): Uint8Array => {
  const present = Object.entries({ ...endFields, ...fields }).filter(([, value]) => value !== undefined)
  return end({ payload: object(0x40, Object.fromEntries(present) as Record<string, readonly number[]>) })
}

test('the documents that the cases below are made from are readable', () => {
  expect(decodeDocument(joined(snapshot(), commit()))).toMatchObject({ version: 2, state: { hits: 8 } })
  expect(decodeDocument(end())).toMatchObject({ version: 2, reason: 'ended' })
})

describe('refused', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['no bytes', new Uint8Array(0), /byte 0.*empty/],
    ['another magic', snapshot({ magic: 0xc2 }), /byte 0.*no frame/],
    ['text', new TextEncoder().encode('{"hits":1}'.repeat(9)), /no frame/],
    ['a later format version', snapshot({ formatVersion: 2 }), /format version 2/],
    ['format version 0', snapshot({ formatVersion: 0 }), /format version 0/],
    ['frame kind 0', snapshot({ kind: 0 }), /kind 0/],
    ['an unknown frame kind', snapshot({ kind: 5 }), /kind 5/],
    ['an unknown flag', snapshot({ flags: 1 }), /flags 1/],
    ['an unknown flag on a later frame', joined(snapshot(), commit({ flags: 128 })), /flags 128/],
    ['a frame that is longer than the document', snapshot({ length: 5000 }), /after the document/],
    ['a frame that is shorter than it says', snapshot({ length: 20 }), /checksum|header|no frame/],
    ['part of a header behind the last frame', joined(snapshot(), commit().subarray(0, 47)), /47 bytes remain/],
    ['one byte behind the last frame', joined(snapshot(), commit(), new Uint8Array(1)), /1 bytes remain/],
    ['zeros behind the last frame', joined(snapshot(), new Uint8Array(64)), /no frame/],
    ['a wrong checksum', snapshot({ checksum: 1 }), /checksum/],
    ['a wrong checksum of a later frame', joined(snapshot(), commit({ checksum: 1 })), /checksum/],
    ['version 0', snapshot({ version: 0n }), /version 0/],
    ['a version over 2^53 - 1', snapshot({ version: 2n ** 53n }), /2\^53/],
    ['the greatest version', snapshot({ version: 2n ** 64n - 1n }), /2\^53/],
    ['a gap', joined(snapshot(), commit({ version: 3n })), /version 3 stands where 2/],
    ['a version twice', joined(snapshot(), commit(), commit()), /version 2 stands where 3/],
    ['a version before the snapshot', joined(snapshot(), commit({ version: 1n })), /version 1 stands where 2/],
    ['a commit of another life', joined(snapshot(), commit({ life: '00112233445566fe' })), /another life/],
    [
      'a commit of a life that differs in its first half',
      joined(snapshot(), commit({ life: '01112233445566ff' })),
      /another life/,
    ],
    ['a commit without a snapshot', commit(), /begins with a commit/],
    ['a second snapshot', joined(snapshot(), snapshot({ version: 2n })), /not a commit/],
    ['an end behind a snapshot', joined(snapshot(), end()), /not a commit/],
    ['a commit behind an end', joined(end(), commit({ version: 3n })), /follows the end/],
    ['a record', snapshot({ kind: 4 }), /lock or an index/],
    ['a record behind a snapshot', joined(snapshot(), commit({ kind: 4 })), /not a commit/],
  ])('%s', (_, bytes, message) => {
    expectRefused(bytes, message)
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['an empty payload', snapshot({ payload: [] }), /byte 0/],
    ['a payload that ends early', snapshot({ payload: object(0x40, snapshotFields).slice(0, -1) }), /byte 0/],
    ['something behind the packed value', snapshot({ payload: [...object(0x40, snapshotFields), 1] }), /byte 0/],
    ['a list for an object', snapshot({ payload: list([1]) }), /payload/],
    ['a Map for an object', snapshot({ payload: [0x80] }), /payload/],
    ['null for an object', snapshot({ payload: nil }), /payload/],
    ['no state', snapshotWith({ state: undefined }), /state/],
    ['a list as state', snapshotWith({ state: list([1]) }), /state/],
    ['a Map as state', snapshotWith({ state: [0x80] }), /state/],
    ['null as state', snapshotWith({ state: nil }), /state/],
    ['a reserved key in the state', snapshotWith({ state: object(0x41, { constructor: [1] }) }), /byte 0/],
    [
      'a reserved key deep in the state',
      snapshotWith({ state: object(0x41, { a: list(object(0x42, { prototype: [1] })) }) }),
      /byte 0/,
    ],
    [
      'a type that cannot be stored',
      snapshotWith({ state: object(0x41, { a: [0xd4, 0x65, 0, ...list(text('Error'), text('x'))] }) }),
      /byte 0/,
    ],
    ['a reserved key in a key for later', snapshotWith({ later: object(0x42, { constructor: [1] }) }), /byte 0/],
    ['no ids', snapshotWith({ ids: undefined }), /ids/],
    ['ids that name nothing', snapshotWith({ ids: binary('') }), /ids/],
    ['ids cut within one', snapshotWith({ ids: binary(ids[0].slice(2)) }), /ids/],
    ['more ids than versions', snapshotWith({ ids: binary(ids[1] + ids[0]) }), /ids/],
    ['ids that end with another', snapshotWith({ ids: binary(ids[1]) }), /ids/],
    ['ids as a text', snapshotWith({ ids: text('a') }), /ids/],
    ['no schema version', snapshotWith({ schemaVersion: undefined }), /schemaVersion/],
    ['a negative schema version', snapshotWith({ schemaVersion: [0xff] }), /schemaVersion/],
    ['a schema version with a fraction', snapshotWith({ schemaVersion: double(1.5) }), /schemaVersion/],
    ['no creation time', snapshotWith({ createdAt: undefined }), /createdAt/],
    ['a creation time that is no number', snapshotWith({ createdAt: double(Number.NaN) }), /createdAt/],
    ['a provisional that is neither true nor false', snapshotWith({ provisional: [1] }), /provisional/],
    ['a source that is no list', snapshotWith({ from: [1] }), /from/],
    ['a source whose life is short', snapshotWith({ from: list(binary('0011'), [1]) }), /from/],
    ['a source without a version', snapshotWith({ from: list(binary(life)) }), /from/],
    ['a lifetime that is a number', snapshotWith({ lifetime: [5] }), /lifetime/],
    ['a lifetime that is a list', snapshotWith({ lifetime: list([5]) }), /lifetime/],
    ['a lifetime below 0', snapshotWith({ lifetime: object(0x41, { idleMs: [0xff] }) }), /lifetime/],
    ['a lifetime in words', snapshotWith({ lifetime: object(0x41, { absoluteMs: text('30d') }) }), /lifetime/],
  ])('a snapshot with %s', (_, bytes, message) => {
    expectRefused(bytes, message)
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['an empty payload', joined(snapshot(), commit({ payload: [] })), /byte/],
    ['an object for a list', joined(snapshot(), commit({ payload: object(0x40, { diff: setHits }) })), /payload/],
    ['too few elements', joined(snapshot(), commit({ payload: list(...commitFields.slice(0, 4)) })), /diff/],
    ['a base version that is no number', commitWith(0, text('1')), /baseVersion/],
    ['a negative base version', commitWith(0, [0xff]), /baseVersion/],
    ['a schema version that is null', commitWith(1, nil), /schemaVersion/],
    ['a time that is a text', commitWith(2, text('now')), /at /],
    ['an infinite time', commitWith(2, double(Infinity)), /at /],
    ['an origin that is a text', commitWith(3, text('p')), /origin/],
    ['an origin without a process', commitWith(3, list()), /origin/],
    ['a process that is a number', commitWith(3, list([1])), /origin/],
    ['a request that is null', commitWith(3, list(text('p'), nil)), /origin/],
    ['a diff that is an object', commitWith(4, object(0x41, { hits: [1] })), /diff/],
    ['an empty diff', commitWith(4, list()), /diff/],
    ['a diff of an unknown type', commitWith(4, list([9])), /byte/],
    ['a diff that deletes what is not there', commitWith(4, list([2], text('gone'), list([1]))), /byte/],
    [
      'a diff that edits a number as an object',
      commitWith(4, list([2], text('hits'), list([2], text('a'), list([0], [1])))),
      /byte/,
    ],
    [
      'a diff of a list of another length',
      commitWith(4, list([2], text('cart'), list([3], [5], list([0], [4])))),
      /byte/,
    ],
    ['a diff that makes the state a number', commitWith(4, list([0], [1])), /byte/],
    ['a diff that makes the state a list', commitWith(4, list([0], list([1]))), /byte/],
    ['a diff with a reserved key', commitWith(4, list([2], text('constructor'), list([0], [1]))), /byte/],
    [
      'a diff that writes a reserved key',
      commitWith(4, list([2], text('a'), list([0], object(0x41, { prototype: [1] })))),
      /byte/,
    ],
    [
      'a diff that writes what cannot be stored',
      commitWith(4, list([2], text('a'), list([0], [0xd4, 0x65, 0, ...list(text('Error'), text('x'))]))),
      /byte/,
    ],
  ])('a commit with %s', (_, bytes, message) => {
    expectRefused(bytes, message, snapshot().length)
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['no ids', endWith({ ids: undefined }), /ids/],
    ['ids that do not end with its own', endWith({ ids: binary(ids[1] + ids[0]) }), /ids/],
    ['more ids than versions', endWith({ ids: binary(ids[2] + ids[0] + ids[1]) }), /ids/],
    ['no schema version', endWith({ schemaVersion: undefined }), /schemaVersion/],
    ['an unknown reason', endWith({ reason: text('bored') }), /reason/],
    ['a detail that is a number', endWith({ detail: [1] }), /detail/],
    ['no time', endWith({ at: undefined }), /at /],
    ['no delivery', endWith({ delivery: undefined }), /delivery/],
    ['an unknown delivery', endWith({ delivery: text('perhaps') }), /delivery/],
    ['a delivery that is null', endWith({ delivery: nil }), /delivery/],
    ['a successor that is no life', endWith({ next: binary('00') }), /next/],
    ['a list as state', endWith({ state: list([1]) }), /state/],
    ['a reserved key in its state', endWith({ state: object(0x41, { constructor: [1] }) }), /byte 0/],
  ])('an end marker with %s', (_, bytes, message) => {
    expectRefused(bytes, message)
  })
})

test('the error names the document, keeps its cause and says where', () => {
  const bytes = joined(snapshot(), commit({ payload: [0x91] }))
  const error = refusal(bytes, 'session:shop:a"b')
  expect(error).toMatchObject({ code: 'unreadable', key: 'session:shop:a"b' })
  expect(error.message).toContain('session:shop:a')
  expect(error.message).toContain(`byte ${snapshot().length}`)
  expect(error.cause).toBeInstanceOf(Error)
})

describe('a damaged document', () => {
  const live = changed(created({ name: 'Ann', cart: [{ sku: 'a', quantity: 2 }], seen: new Set([1, 2]) }), [
    { key: 'hits', value: 1 },
    { key: 'cart', value: [{ sku: 'b', quantity: 1 }] },
    { key: 'name', value: undefined },
  ])
  const ended = encodeEnd({
    document: live.document,
    commitId: drawCommitId(),
    deadline,
    reason: 'ended',
    detail: 'logout',
    at: 1_700_000_000_000,
    delivery: unclaimed,
    keepState: true,
  })

  test.each([
    ['living', live.bytes],
    ['ended', ended.bytes],
  ])('is refused with any single bit of it turned, %s', (_, bytes) => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Uint8Array.from(bytes)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expectRefused(damaged)
    }
  })

  test('is refused when it is cut anywhere but between two frames, where it is the state of an earlier version', () => {
    const { snapshotBytes, tail } = live.document
    const boundaries = tail.reduce<number[]>(
      (ends, { frame }) => [...ends, (ends.at(-1) ?? 0) + frame.length],
      [snapshotBytes],
    )
    for (let length = 0; length < live.bytes.length; length++) {
      const cut = live.bytes.subarray(0, length)
      const version = boundaries.indexOf(length) + 1
      if (version === 0) expectRefused(cut)
      else expect(decodeDocument(cut)).toMatchObject({ version, state: live.document.tail[version - 2]?.state ?? {} })
    }
  })

  test('is refused with two frames exchanged, one left out, one twice', () => {
    const frames = framesOf(live.document, live.bytes)
    for (let first = 0; first < frames.length; first++) {
      for (let second = 0; second < frames.length; second++) {
        const exchanged = frames.map((frame, at) => frames[at === first ? second : at === second ? first : at] ?? frame)
        if (first !== second) expectRefused(joined(...exchanged))
        else if (first < frames.length - 1) expectRefused(joined(...frames.filter((_, at) => at !== first)))
      }
      const frame = frames[first] ?? new Uint8Array(0)
      expectRefused(joined(...frames.toSpliced(first, 0, frame)))
    }
  })

  test('is refused behind or before another one', () => {
    expectRefused(joined(live.bytes, live.bytes))
    expectRefused(joined(live.bytes, ended.bytes))
    expectRefused(joined(ended.bytes, live.bytes))
    expectRefused(joined(ended.bytes, ended.bytes))
  })
})

describe('nothing but UnreadableDocumentError is thrown', () => {
  test('for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => expectRefused(bytes)),
      propertySettings(500),
    )
  })

  test('for frames that are right around random payloads', () => {
    fc.assert(
      fc.property(anyPayload, fc.constantFrom(1, 3), (payload, kind) => {
        expectRefusedOrRead(writeByHand({ kind, life, version: 1n, commitId: ids[0], payload: [...payload] }))
      }),
      propertySettings(400),
    )
  })

  test('for a commit with a random payload', () => {
    fc.assert(
      fc.property(anyPayload, payload => {
        expectRefusedOrRead(joined(snapshot(), commit({ payload: [...payload] })))
      }),
      propertySettings(400),
    )
  })

  test('for payloads that are right but for a few bytes', () => {
    const payloads = [
      { kind: 1, payload: object(0x40, snapshotFields) },
      { kind: 2, payload: list(...commitFields) },
      { kind: 3, payload: object(0x40, { ...endFields, state: stateFields }) },
    ] as const
    fc.assert(
      fc.property(
        fc.constantFrom(...payloads),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        ({ kind, payload }, edits) => {
          const edited = [...payload]
          for (const [at, byte] of edits) edited[at % edited.length] = byte
          const frame = { life, payload: edited }
          if (kind === 2) expectRefusedOrRead(joined(snapshot(), commit(frame)))
          else expectRefusedOrRead(kind === 1 ? snapshot(frame) : end(frame))
        },
      ),
      propertySettings(1000),
    )
  })

  test('for a payload that is nested so deep that reading it overflows the stack', () => {
    const deep = Array.from({ length: 200_000 }, () => 0x91)
    expectRefused(snapshot({ payload: [...deep, 1] }))
    expectRefused(joined(snapshot(), commit({ payload: [...deep, 1] })))
  })
})

/** Random bytes, with the bytes that begin extensions, containers and long values more often than others. */
const anyPayload = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(
      0xd4,
      0x72,
      0x40,
      0x41,
      0x91,
      0x92,
      0x95,
      0x81,
      0xc4,
      0xc7,
      0xca,
      0xcb,
      0xd5,
      0xd6,
      0xd8,
      0xdc,
      0xff,
      0x73,
      0x74,
      0x42,
      0x78,
    ),
    fc.constantFrom(0xa1, 0xa5, 0, 1, 2, 3, 4),
  ),
  { maxLength: 60 },
)

function framesOf(document: LiveDocument, bytes: Uint8Array): Uint8Array[] {
  return [bytes.subarray(0, document.snapshotBytes), ...document.tail.map(({ frame }) => frame)]
}

function refusal(bytes: Uint8Array, key?: string): UnreadableDocumentError {
  try {
    decodeDocument(bytes, { key })
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return error
    throw error
  }
  throw new Error('The document was read.')
}

function expectRefused(bytes: Uint8Array, message?: RegExp, offset?: number): void {
  const error = refusal(bytes)
  if (message) expect(error.message).toMatch(message)
  if (offset !== undefined) expect(error.message).toContain(`byte ${offset}`)
}

/** Random payloads may be right by chance. */
function expectRefusedOrRead(bytes: Uint8Array): void {
  try {
    decodeDocument(bytes)
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error
  }
}
