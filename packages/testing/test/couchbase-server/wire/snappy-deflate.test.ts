import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { inflateSnappy } from '../../../src/couchbase-server/wire/snappy.ts'
import { deflateSnappy } from '../../../src/couchbase-server/wire/snappy-deflate.ts'
import { propertyRuns } from '../../property-runs.ts'

describe('values that the server compresses', () => {
  it('are what they were when they are inflated', () => {
    const few = fc.array(fc.constantFrom(0, 1, 2), { maxLength: 3000 }).map(bytes => Buffer.from(bytes))
    const any = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes))
    const long = fc.nat({ max: 200_000 }).map(length => Buffer.alloc(length, 'abcdefgh'))
    fc.assert(
      fc.property(fc.oneof(few, any, long), block => {
        expect(inflateSnappy(deflateSnappy(block), block.length)?.equals(block)).toBe(true)
      }),
      propertyRuns,
    )
  })

  it('copies from further away than 64 kB are not made, so that a long block with a far echo is still whole', () => {
    const block = Buffer.concat([Buffer.from('the beginning'), noise(70_000), Buffer.from('the beginning')])
    expect(inflateSnappy(deflateSnappy(block), block.length)?.equals(block)).toBe(true)
  })
})

/** Bytes of which no four come twice. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32BE(Math.imul(at + 1, 0x9e3779b1) >>> 0, at)
  return bytes
}
