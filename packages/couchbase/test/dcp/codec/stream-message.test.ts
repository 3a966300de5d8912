import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MalformedMessageError } from '../../../src/dcp/codec/malformed-message-error.ts'
import { type StreamMessage, decodeStreamMessage, isStreamMessage } from '../../../src/dcp/codec/stream-message.ts'
import { propertySettings } from '../property-settings.ts'
import { type RecordedFrame, describeRecorded, frameFrom, meaningOf, patched, recorded } from '../recordings.ts'

function decode(bytes: Buffer): StreamMessage {
  return decodeStreamMessage(frameFrom(bytes))
}

/** The fields of a message that the recording names too, as it names them. */
function shown(message: StreamMessage): unknown {
  switch (message.type) {
    case 'snapshot-marker':
      return { startSeqno: message.start, endSeqno: message.end, flags: message.flags }
    case 'mutation':
      return {
        bySeqno: message.seqno,
        cas: message.cas,
        expiration: message.expiry,
        collectionId: message.collection,
        key: message.key,
        value: message.body.toString('hex'),
      }
    case 'deletion':
    case 'expiration':
      return { bySeqno: message.seqno, cas: message.cas, collectionId: message.collection, key: message.key }
    case 'system-event':
      return {
        bySeqno: message.seqno,
        event: message.event,
        key: message.name,
        ...(message.collection !== undefined && { collectionId: message.collection }),
      }
    case 'seqno-advanced':
      return { bySeqno: message.seqno }
    case 'stream-end':
      return { reason: message.reason }
    default:
      return message satisfies never
  }
}

/** The same fields as they were recorded. */
function expected(frame: RecordedFrame): unknown {
  const { opcodeName, fields = {}, collectionId, key = '', value, valueHex } = meaningOf(frame)
  const pick = (...names: readonly string[]): object =>
    Object.fromEntries(names.filter(name => name in fields).map(name => [name, fields[name]]))
  const cas = BigInt(`0x${frame.bytes.toString('hex', 16, 24)}`)
  switch (opcodeName) {
    case 'DCP_SNAPSHOT_MARKER':
      return pick('startSeqno', 'endSeqno', 'flags')
    case 'DCP_MUTATION': {
      // Of a value over 4,096 bytes the recording has the bytes only.
      const keyLength = frame.bytes.readUInt16BE(2)
      const isLong = value === undefined && valueHex === undefined
      const body = isLong
        ? frame.bytes.toString('hex', 24 + 31 + keyLength)
        : (valueHex ?? Buffer.from(value ?? '').toString('hex'))
      return { ...pick('bySeqno', 'expiration'), cas, collectionId, key, value: body }
    }
    case 'DCP_DELETION':
    case 'DCP_EXPIRATION':
      return { ...pick('bySeqno'), cas, collectionId, key }
    case 'DCP_SYSTEM_EVENT':
      return { ...pick('bySeqno', 'event', 'collectionId'), key }
    case 'DCP_SEQNO_ADVANCED':
      return pick('bySeqno')
    default:
      return { reason: String(fields['reasonName']).toLowerCase().replaceAll('_', '-') }
  }
}

const names = [
  'DCP_SNAPSHOT_MARKER',
  'DCP_MUTATION',
  'DCP_DELETION',
  'DCP_EXPIRATION',
  'DCP_SYSTEM_EVENT',
  'DCP_SEQNO_ADVANCED',
  'DCP_STREAM_END',
] as const

describeRecorded('messages recorded of a real engine', () => {
  /** Compressed values and keys without collections are of connections that this library does not open. */
  const asked = (): readonly RecordedFrame[] =>
    recorded('server', ...names).filter(
      frame =>
        (meaningOf(frame).datatype & 2) === 0 && !frame.scenario.endsWith('/legacy') && !isWithoutCollection(frame),
    )

  test.each(names)('%s is read as it was recorded', name => {
    const frames = asked().filter(frame => meaningOf(frame).opcodeName === name)
    expect(frames.length).toBeGreaterThan(1)
    for (const frame of frames) {
      expect(isStreamMessage(frameFrom(frame.bytes))).toBe(true)
      expect(shown(decode(frame.bytes)), frame.scenario).toEqual(expected(frame))
    }
  })

  test('both versions of markers and of deletions are among them', () => {
    const lengths = (name: string): readonly number[] =>
      [
        ...new Set(
          asked()
            .filter(frame => meaningOf(frame).opcodeName === name)
            .map(({ bytes }) => bytes[4] ?? 0),
        ),
      ].sort((one, other) => one - other)
    expect(lengths('DCP_SNAPSHOT_MARKER')).toEqual([1, 20])
    expect(lengths('DCP_DELETION')).toEqual([18, 21])
  })

  test('a compressed value is refused: compression was not negotiated', () => {
    const compressed = recorded('server', 'DCP_MUTATION').filter(frame => (meaningOf(frame).datatype & 2) !== 0)
    expect(compressed.length).toBeGreaterThan(0)
    for (const { bytes } of compressed) expect(() => decode(bytes)).toThrow(MalformedMessageError)
  })

  test('answers, noops and prepared writes are no messages of a stream', () => {
    for (const { bytes } of recorded('server', 'DCP_NOOP', 'DCP_STREAM_REQ', 'DCP_OPEN')) {
      expect(isStreamMessage(frameFrom(bytes))).toBe(false)
    }
    for (const { bytes } of recorded('server', 'DCP_PREPARE', 'DCP_COMMIT')) {
      expect(() => decode(bytes)).toThrow(MalformedMessageError)
    }
  })

  test('whatever is changed in a message, it is read or refused with its own error', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...asked()),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        ({ bytes }, changes, cut) => {
          const broken = Buffer.from(bytes)
          for (const [at, value] of changes) broken[at % broken.length] = value
          // The lengths are made to fit again: what does not fit never leaves the reader.
          const shortened = broken.subarray(0, 24 + (cut % (broken.length - 23)))
          shortened.writeUInt32BE(shortened.length - 24, 8)
          try {
            decode(shortened)
          } catch (error) {
            expect(String(error)).not.toContain('This is not one frame')
            expect(error).toBeInstanceOf(MalformedMessageError)
          }
        },
      ),
      propertySettings(3000),
    )
  })
})

describe('what the recordings do not hold', () => {
  const markerV2 = Buffer.from(
    '805600000100002200000025000010220000000000000000000000000000000000000000000000000300000006000000000000000300000000000000ff',
    'hex',
  )
  const mutation = Buffer.from(
    '805700021f040022000000350000102218ea50cd1218000000000000000000020000000000000002000000000000000000000000000002006b0000000e0000000a74007b226e223a317d00c101',
    'hex',
  )
  const end = Buffer.from('80550000040000220000000400001022000000000000000000000007', 'hex')

  test('a marker of version 2.2 has the same snapshot', () => {
    const longer = Buffer.concat([patched(markerV2, 24, 2), Buffer.alloc(16)])
    longer.writeUInt32BE(longer.length - 24, 8)
    expect(decode(longer)).toEqual({ type: 'snapshot-marker', start: 0, end: 3, flags: 6 })
    expect(() => decode(patched(markerV2, 24, 2))).toThrow(MalformedMessageError)
    expect(() => decode(patched(markerV2, 24, 1))).toThrow(MalformedMessageError)
  })

  test('a snapshot that ends before it begins is refused', () => {
    expect(() => decode(patched(markerV2, 32, 9))).toThrow(MalformedMessageError)
  })

  test('a sequence number beyond 2^53 is refused', () => {
    expect(decode(patched(mutation, 24, 0, 0x1f, 255, 255, 255, 255, 255, 255))).toHaveProperty('seqno', 2 ** 53 - 1)
    expect(() => decode(patched(mutation, 24, 0, 0x20, 0, 0, 0, 0, 0, 0))).toThrow(MalformedMessageError)
  })

  test('attributes that reach beyond the value are refused', () => {
    expect(decode(mutation)).toHaveProperty('body', Buffer.from('c101', 'hex'))
    expect(() => decode(patched(mutation, 57, 0, 0, 0, 0x13))).toThrow(MalformedMessageError)
  })

  test('a key that is no UTF-8 is none of ours, and the message is read', () => {
    expect(decode(patched(mutation, 56, 0xff))).toHaveProperty('key', undefined)
  })

  test('a collection id that does not end is refused', () => {
    expect(() => decode(patched(mutation, 55, 0x80, 0x80))).toThrow(MalformedMessageError)
  })

  test('a collection id of more than 32 bits is refused', () => {
    const wide = (fifth: number): Buffer => {
      const bytes = Buffer.concat([
        mutation.subarray(0, 55),
        Buffer.of(0xff, 0xff, 0xff, 0xff, fifth),
        mutation.subarray(56),
      ])
      bytes.writeUInt16BE(6, 2)
      bytes.writeUInt32BE(bytes.length - 24, 8)
      return bytes
    }
    expect(decode(wide(0x0f))).toHaveProperty('collection', 2 ** 32 - 1)
    expect(() => decode(wide(0x1f))).toThrow(MalformedMessageError)
  })

  test('an unknown reason of an end is refused', () => {
    expect(() => decode(patched(end, 27, 99))).toThrow(MalformedMessageError)
  })

  test('a snapshot out of order is refused', () => {
    expect(() => decode(patched(end, 1, 0x65))).toThrow(MalformedMessageError)
  })
})

/** Recorded on a connection without collections: the key has no prefix. */
function isWithoutCollection(frame: RecordedFrame): boolean {
  return (
    meaningOf(frame).key !== undefined &&
    meaningOf(frame).collectionId === undefined &&
    meaningOf(frame).opcodeName !== 'DCP_SYSTEM_EVENT'
  )
}
