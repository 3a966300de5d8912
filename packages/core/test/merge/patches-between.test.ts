import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { pack, unpack } from '../../src/document/packer.ts'
import { patchesBetween } from '../../src/merge/patches-between.ts'
import { deepEqual } from '../../src/value/equal.ts'
import { type State, adopt, captureRoot } from '../../src/value/plain-data.ts'
import { applyPatches } from '../diff/patch-applier.ts'
import { randomState } from '../diff/random-edits.ts'
import { propertySettings } from '../document/property-settings.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

const settings = propertySettings(60)

it('the patches between two states that have nothing to do with each other make the one of the other', () => {
  fc.assert(
    fc.property(randomState, randomState, (one, other) => {
      const [before, after] = [captureRoot(one()), captureRoot(other())]
      expect(deepEqual(applyPatches(before, patchesBetween(before, after)), after)).toBe(true)
    }),
    settings,
  )
})

it('a decoded state has no patches to itself', () => {
  fc.assert(
    fc.property(randomState, make => {
      const state = captureRoot(make())
      expect(patchesBetween(state, adopt(unpack(pack(state))) as State)).toEqual([])
    }),
    settings,
  )
})

it('what is equal in both is in no patch', () => {
  const before = captureRoot({ hits: 1, cart: [{ sku: 'A' }, { sku: 'B', qty: 1 }] })
  const after = captureRoot({ hits: 2, cart: [{ sku: 'A' }, { sku: 'B', qty: 2 }] })
  expect(patchesBetween(before, after)).toEqual([
    { op: 'set', path: ['hits'], value: 2 },
    { op: 'set', path: ['cart', 1, 'qty'], value: 2 },
  ])
})
