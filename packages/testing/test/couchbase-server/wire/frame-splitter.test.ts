import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { frameSplitter } from '../../../src/couchbase-server/wire/frame-splitter.ts'
import { propertyRuns } from '../../property-runs.ts'

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** Requests as a client sends them: GET of `k`, NOOP, SET with a value. */
const FRAMES = [
  '80000002000000220000000200000001000000000000000000 6b',
  '800a00000000000000000000000000020000000000000000',
  '80010002080000220000000f0000000300000000000000000000000000000000 006b 76616c7565',
].map(bytes)

describe('splitting a stream into frames', () => {
  it('gives the same frames however the bytes are cut', () => {
    const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 30 })
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...FRAMES), { maxLength: 8 }), cuts, (frames, places) => {
        const stream = Buffer.concat(frames)
        const splitter = frameSplitter()
        const edges = [0, ...places.map(place => Math.min(place, stream.length)), stream.length].sort((a, b) => a - b)
        const came = edges.slice(1).flatMap((end, at) => {
          const chunk = stream.subarray(edges[at], end)
          return chunk.length > 0 ? splitter.push(chunk).frames : []
        })
        expect(came.map(frame => frame.toString('hex'))).toEqual(frames.map(frame => frame.toString('hex')))
      }),
      propertyRuns,
    )
  })

  it('gives the frames before a break, and says that the rest means nothing', () => {
    const [get = Buffer.alloc(0)] = FRAMES
    const { frames, broken } = frameSplitter().push(Buffer.concat([get, Buffer.from('42')]))
    expect(frames).toHaveLength(1)
    expect(broken).toBe(true)
  })

  it.each([
    ['a first byte that is no magic', '42'],
    ['a key longer than the body', '800000050000000000000001 000000010000000000000000'],
    ['a body of more than 30 MiB', '8001000000000000 02000000 000000010000000000000000'],
  ])('breaks at %s', (_, hex) => {
    expect(frameSplitter().push(bytes(hex)).broken).toBe(true)
  })
})
