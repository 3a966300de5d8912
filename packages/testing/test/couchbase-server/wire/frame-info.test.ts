import { describe, expect, it } from 'vitest'

import { decodeFrameInfos } from '../../../src/couchbase-server/wire/frame-info.ts'

const decode = (hex: string) => decodeFrameInfos(Buffer.from(hex, 'hex'))

describe('frame infos', () => {
  it.each([
    ['', { durability: undefined, preservesTtl: false }],
    ['1103', { durability: 3, preservesTtl: false }],
    ['13012328', { durability: 1, preservesTtl: false }],
    ['5013032328', { durability: 3, preservesTtl: true }],
    ['00326162', { durability: undefined, preservesTtl: false }],
  ])('%s are understood', (hex, infos) => {
    expect(decode(hex)).toEqual(infos)
  })

  it.each([
    ['a content longer than what is left', '13', 0x04],
    ['an escaped id without its byte', 'f0', 0x04],
    ['an id that nobody knows', 'f019', 0x80],
    ['a level that there is not', '1104', 0xa0],
    ['an infinite time-out', '1301ffff', 0xa0],
    ['a user without a name', '40', 0x04],
    ['a stream id of one byte', '2101', 0x04],
    ['a TTL frame with content', '5101', 0x04],
  ])('%s is refused', (_, hex, status) => {
    expect(decode(hex)).toMatchObject({ type: 'refusal', status })
  })
})
