import { expect, test } from 'vitest'
import { isOfEpoch, opaqueOf, vbucketOf } from '../../../src/dcp/stream/stream-opaque.ts'

test('an opaque names its vbucket, and its request apart from the one before and after', () => {
  for (const vbucket of [0, 1, 1023, 65_535]) {
    for (const epoch of [0, 1, 65_535, 65_536, 1_000_000]) {
      const opaque = opaqueOf(vbucket, epoch)
      expect(opaque).toBeLessThan(2 ** 32)
      expect(vbucketOf(opaque)).toBe(vbucket)
      expect([epoch - 1, epoch, epoch + 1].map(other => isOfEpoch(opaque, other))).toEqual([false, true, false])
    }
  }
})
