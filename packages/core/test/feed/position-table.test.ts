import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PositionTable } from '../../src/feed/position-table.ts'
import { openSlot, slotOf, type Slot } from '../../src/feed/slot.ts'
import type { CommitId, Life } from '../../src/document/scope-document.ts'
import { propertySettings } from '../document/property-settings.ts'

function slotAt(version: number, isEnded: boolean): Slot {
  return slotOf({ life: '1' as Life, version, commitId: `${version}` as CommitId, isEnded })
}

const steps = fc.array(
  fc.record({
    id: fc.nat(9),
    state: fc.constantFrom('living', 'ended', 'nothing'),
  }),
  { maxLength: 60 },
)

test.each([1, 3])(
  'of %i partitions it gives what is held of each, however scopes live, end and are forgotten',
  partitions => {
    const max = 6
    const property = fc.property(steps, taken => {
      const table = new PositionTable(max)
      const living = new Map<string, number>()
      const ended = new Map<string, number>()
      for (const [version, { id, state }] of taken.entries()) {
        const documentKey = `session:shop:${id}`
        const address = {
          key: { application: 'shop', kind: 'session', id: `${id}` },
          documentKey,
          partition: id % partitions,
        }
        table.set(address, state === 'nothing' ? openSlot() : slotAt(version + 1, state === 'ended'))
        living.delete(documentKey)
        ended.delete(documentKey)
        if (state === 'living') living.set(documentKey, version + 1)
        if (state === 'ended') ended.set(documentKey, version + 1)
        if (living.size + ended.size > max) {
          const oldest = ended.size > 0 ? ended : living
          const [first = ''] = oldest.keys()
          oldest.delete(first)
        }
      }
      const held = new Map([...living, ...ended])
      for (let partition = 0; partition < partitions; partition++) {
        const expected = [...held].filter(([key]) => Number(key.split(':')[2]) % partitions === partition)
        const found = table
          .of(partition)
          .map(({ address, slot }) => [address.documentKey, slot.position?.version] as const)
        expect(new Map(found)).toEqual(new Map(expected))
        expect(found).toHaveLength(expected.length)
      }
      for (let id = 0; id < 10; id++) {
        expect(table.get(`session:shop:${id}`)?.position?.version).toBe(held.get(`session:shop:${id}`))
      }
    })
    fc.assert(property, propertySettings(200))
  },
)
