import { type FeedToken, InvalidArgumentError } from '@scopes/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { VbucketUuid } from '../../../src/dcp/codec/vbucket-uuid.ts'
import { FeedTokens, decodeFeedToken, startsOf } from '../../../src/dcp/feed/feed-token.ts'
import { type Position, beginning } from '../../../src/dcp/stream/position.ts'
import { propertySettings } from '../property-settings.ts'

const origin = { bucketUuid: 'b'.repeat(32), collections: { _default: 0, other: 9 } }

const uuids = ['00001234567890ab', '0000ffffffffffff', '0000000000000001'] as VbucketUuid[]

const positions: fc.Arbitrary<Position> = fc
  .record({
    uuid: fc.constantFrom(...uuids),
    seqno: fc.oneof(
      fc.nat(300),
      fc.maxSafeNat().map(count => Math.floor(count / 2)),
    ),
    back: fc.nat(5000),
    ahead: fc.nat(5000),
  })
  .map(({ uuid, seqno, back, ahead }) => ({
    uuid,
    seqno,
    snapStart: Math.max(0, seqno - back),
    snapEnd: seqno + ahead,
  }))

const moves = fc.array(fc.record({ vbucket: fc.nat(7), position: positions }), { maxLength: 40 })

function tokensFor(vbuckets: number): FeedTokens {
  return new FeedTokens({ origin, positions: Array.from({ length: vbuckets }, () => beginning) })
}

describe('a feed token', () => {
  test('says where each vbucket stood when it was handed out, whatever comes later', () => {
    const property = fc.property(moves, steps => {
      const tokens = tokensFor(8)
      const stand: Position[] = Array.from({ length: 8 }, () => beginning)
      const told: [FeedToken, readonly Position[]][] = [[tokens.current, [...stand]]]
      for (const { vbucket, position } of steps) {
        tokens.move(vbucket, position)
        stand[vbucket] = position
        told.push([tokens.current, [...stand]])
      }
      for (const [token, expected] of told) expect(decodeFeedToken(token)).toEqual({ origin, positions: expected })
    })
    fc.assert(property, propertySettings(100))
  })

  test('stays true over more moves than one text holds', () => {
    const tokens = tokensFor(1024)
    const at = (seqno: number): Position => ({
      uuid: uuids[0] ?? beginning.uuid,
      seqno,
      snapStart: seqno - 1,
      snapEnd: seqno,
    })
    for (let seqno = 1; seqno <= 5000; seqno++) tokens.move(seqno % 1024, at(seqno))
    const { positions: decoded } = decodeFeedToken(tokens.current)
    expect(decoded).toEqual(
      Array.from({ length: 1024 }, (_, vbucket) => at(vbucket + 1024 * Math.floor((5000 - vbucket) / 1024))),
    )
    expect(tokens.current.length).toBeLessThan(60_000)
  })

  test('does not change where nothing has moved', () => {
    const tokens = tokensFor(2)
    tokens.move(1, { uuid: uuids[0] ?? beginning.uuid, seqno: 4, snapStart: 4, snapEnd: 4 })
    const { current } = tokens
    tokens.move(1, { uuid: uuids[0] ?? beginning.uuid, seqno: 4, snapStart: 4, snapEnd: 4 })
    expect(tokens.current).toBe(current)
  })

  test('that was cut or changed anywhere is refused', () => {
    const tokens = tokensFor(4)
    for (let seqno = 1; seqno <= 6; seqno++) {
      tokens.move(seqno % 4, { uuid: uuids[seqno % 3] ?? beginning.uuid, seqno, snapStart: 0, snapEnd: 900 })
    }
    const whole = tokens.current
    for (let at = 0; at < whole.length; at++) {
      for (const other of ['0', 'A', '~', '.', '']) {
        const changed = whole.slice(0, at) + other + whole.slice(at + 1)
        if (changed !== whole)
          expect(() => decodeFeedToken(changed as FeedToken), changed).toThrow(InvalidArgumentError)
      }
    }
  })

  test('that was cut behind an entry is an earlier token, and no other part of one is any', () => {
    const tokens = tokensFor(2)
    const earlier = tokens.current
    tokens.move(0, { uuid: uuids[0] ?? beginning.uuid, seqno: 1, snapStart: 0, snapEnd: 1 })
    const whole = tokens.current
    for (let length = 0; length < whole.length; length++) {
      const part = whole.slice(0, length) as FeedToken
      if (part === earlier) expect(decodeFeedToken(part).positions).toEqual([beginning, beginning])
      else expect(() => decodeFeedToken(part), part).toThrow(InvalidArgumentError)
    }
  })

  test('whose text was never one is refused', () => {
    const property = fc.property(fc.string(), text => {
      expect(() => decodeFeedToken(`dcp1~${text}` as FeedToken)).toThrow(InvalidArgumentError)
    })
    fc.assert(property, propertySettings(200))
  })
})

describe('where a token begins', () => {
  const of = (vbuckets: number, isWholeScope = false) => ({ vbuckets, isWholeScope })
  const content = {
    origin,
    positions: [{ ...beginning, uuid: uuids[0] ?? beginning.uuid, seqno: 3, snapEnd: 3 }, beginning],
  }
  const nowhere = { uuid: 'f'.repeat(16), seqno: 0, snapStart: 0, snapEnd: 0 }

  test('at its positions, also where other kinds are read besides, or fewer', () => {
    expect(startsOf(content, origin, of(2))).toBe(content.positions)
    expect(startsOf(content, { ...origin, collections: { other: 9, third: 10 } }, of(2))).toBe(content.positions)
  })

  test('on no branch that there is in another bucket, among other vbuckets, or where a collection was made anew', () => {
    expect(startsOf(content, { ...origin, bucketUuid: 'c' }, of(2))).toEqual([nowhere, nowhere])
    expect(startsOf(content, origin, of(3))).toEqual([nowhere, nowhere, nowhere])
    expect(startsOf(content, { ...origin, collections: { other: 10 } }, of(2))).toEqual([nowhere, nowhere])
  })

  test('on no branch where a whole scope is read, and one of its collections is there no more', () => {
    const more = { ...origin, collections: { ...origin.collections, third: 10 } }
    expect(startsOf(content, more, of(2, true))).toBe(content.positions)
    expect(startsOf(content, { ...origin, collections: { other: 9 } }, of(2, true))).toEqual([nowhere, nowhere])
  })
})
