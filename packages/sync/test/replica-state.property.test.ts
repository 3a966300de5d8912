import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BranchingStore, type Step, stepTypes } from './branching-store.ts'
import { propertySettings } from './property-settings.ts'

type StepType = Step['type']

function forAll(types: readonly StepType[], check: (steps: readonly Step[]) => void): void {
  const step: fc.Arbitrary<Step> = fc.record({ type: fc.constantFrom(...types), pick: fc.nat({ max: 5 }) })
  fc.assert(fc.property(fc.array(step, { maxLength: 60, size: 'max' }), check), propertySettings(1000))
}

const without = (...left: readonly StepType[]): readonly StepType[] => stepTypes.filter(type => !left.includes(type))

describe('a replica that nobody holds, whatever arrives in whatever order', () => {
  test.each(['ahead', 'behind', 'same'] as const)(
    'is what is stored when all has arrived, or the store is asked; tokens after a crash: %s',
    tokens => {
      // With tokens used again two lives may have the same one: the port forbids that.
      const types = tokens === 'same' ? without('create', 'remove', 'end') : stepTypes
      forAll(types, steps => {
        const store = new BranchingStore(tokens)
        for (const each of steps) store.step(each)
        store.settle()
        if (store.shown) expect(store.shown).toEqual(store.stored)
      })
    },
  )

  test('never goes back while the store keeps what it has acknowledged', () => {
    forAll(without('crash', 'reconnect'), steps => {
      const store = new BranchingStore('ahead')
      let newest = store.shown
      for (const each of steps) {
        store.step(each)
        const { shown } = store
        if (shown && newest && shown.life === newest.life && each.type !== 'evict' && each.type !== 'truncate') {
          expect(shown.version).toBeGreaterThanOrEqual(newest.version)
        }
        newest = shown ?? (store.replica.type === 'none' ? undefined : newest)
      }
    })
  })

  test('conflict, undone: what was read after a crash is not taken back by what the old connection still brings', () => {
    forAll(['commit', 'deliver', 'crash', 'read', 'commit', 'deliver'], steps => {
      for (const tokens of ['ahead', 'behind'] as const) {
        const store = new BranchingStore(tokens)
        let read = ''
        for (const each of steps) {
          store.step(each)
          if (each.type === 'read') read = store.shownLetters ?? ''
          if (each.type === 'crash') read = ''
          // It may go on from there on the dead branch: nobody can know yet.
          if (store.shownLetters) expect(store.shownLetters.startsWith(read)).toBe(true)
        }
      }
    })
  })

  test('has its value when all has arrived, while one life goes on and nothing is lost: the store is not asked for nothing', () => {
    const types = without('crash', 'reconnect', 'create', 'end', 'remove', 'evict', 'unpack', 'truncate')
    forAll(types, steps => {
      const store = new BranchingStore('ahead')
      for (const each of steps) store.step(each)
      store.settle()
      expect(store.shown).toEqual(store.stored)
    })
  })
})
