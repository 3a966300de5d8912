import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameLengthAt, headerBytes } from '../../../src/dcp/codec/frame.ts'
import { isAnswer } from '../../../src/dcp/codec/magic.ts'
import { FrameReader } from '../../../src/dcp/codec/frame-reader.ts'
import { MalformedMessageError } from '../../../src/dcp/codec/malformed-message-error.ts'
import { propertySettings } from '../property-settings.ts'
import { describeRecorded, meaningOf, patched, recorded, recordedFrames } from '../recordings.ts'

const noop = Buffer.from('805c00000000000000000000819698000000000000000000', 'hex')
const limit = 1000

/** A noop whose header says something else. */
function lying(at: number, ...bytes: readonly number[]): Buffer {
  return patched(noop, at, ...bytes)
}

describeRecorded('frames recorded of a real engine', () => {
  const sent = recordedFrames.filter(({ from, bytes }) => from === 'server' && bytes.length < 5000)
  const stream = Buffer.concat(sent.slice(0, 400).map(({ bytes }) => bytes))
  const whole = sent.slice(0, 400).map(({ bytes }) => bytes.toString('hex'))

  test('come out as they were sent, wherever the stream is split', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 300 }), cuts => {
        const reader = new FrameReader()
        const ends = [...new Set([0, ...cuts, stream.length])].sort((one, other) => one - other)
        const frames = ends.flatMap((end, index) => reader.read(stream.subarray(ends[index - 1] ?? 0, end)))
        expect(frames.map(({ bytes }) => bytes.toString('hex'))).toEqual(whole)
        expect(reader.pendingBytes).toBe(0)
      }),
      propertySettings(60),
    )
  })

  test('come out byte for byte', () => {
    const reader = new FrameReader()
    const frames = [...stream].flatMap(byte => reader.read(Buffer.of(byte)))
    expect(frames.map(({ bytes }) => bytes.toString('hex'))).toEqual(whole)
  })

  test('have the parts that were noted beside them', () => {
    for (const frame of recorded('server', 'DCP_MUTATION', 'COLLECTIONS_GET_ID', 'SASL_AUTH', 'DCP_SYSTEM_EVENT')) {
      const meaning = meaningOf(frame)
      const [read] = new FrameReader().read(frame.bytes)
      expect(read?.magic).toBe(Number(meaning.magic))
      expect(isAnswer(read?.magic ?? 0)).toBe(meaning.status !== undefined)
      expect(read?.opaque).toBe(meaning.opaque)
      expect(read?.datatype).toBe(meaning.datatype)
      expect(read?.vbucketOrStatus).toBe(meaning.vbucket ?? Number(meaning.status))
      expect(read?.bytes.toString('hex', read.extrasStart, read.keyStart)).toBe(meaning.extras ?? '')
    }
  })
})

describe('a frame that cannot be', () => {
  test('is refused as soon as its header is there', () => {
    const cases = {
      'a magic of no server': lying(0, 0x47),
      'an answer to the server': lying(0, 0x83),
      'a body beyond the limit': lying(8, 0xff, 0xff, 0xff, 0xff),
      'more key than body': lying(2, 0, 1),
      'more extras than body': lying(4, 1),
      'more framing extras than body': patched(lying(0, 0x18), 2, 1, 0),
    }
    for (const [what, bytes] of Object.entries(cases)) {
      expect(() => new FrameReader({ maxBodyBytes: limit }).read(bytes), what).toThrow(MalformedMessageError)
      const slow = new FrameReader({ maxBodyBytes: limit })
      expect(() => [...bytes].forEach(byte => slow.read(Buffer.of(byte))), what).toThrow(MalformedMessageError)
    }
  })

  test('is refused also behind frames that are whole', () => {
    expect(() => new FrameReader().read(Buffer.concat([noop, lying(0, 0)]))).toThrow(MalformedMessageError)
  })

  test('is not one whose body just keeps the limit', () => {
    expect(frameLengthAt(lying(8, 0, 0, limit >> 8, limit & 0xff), 0, limit)).toBe(headerBytes + limit)
    expect(() => frameLengthAt(lying(8, 0, 0, limit >> 8, limit & 0xff), 0, limit - 1)).toThrow(MalformedMessageError)
  })
})

test('a header that promises much takes no memory before it comes', () => {
  const reader = new FrameReader()
  const before = process.memoryUsage().arrayBuffers
  reader.read(lying(8, 0x01, 0x3f, 0xff, 0xff))
  expect(reader.pendingBytes).toBe(headerBytes)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
})

test('whatever comes, the reader gives frames or refuses with its own error', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), chunks => {
      const reader = new FrameReader({ maxBodyBytes: limit })
      try {
        for (const chunk of chunks) reader.read(Buffer.from(chunk))
        expect(reader.pendingBytes).toBeLessThan(headerBytes + limit)
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessageError)
      }
    }),
    propertySettings(300),
  )
})
