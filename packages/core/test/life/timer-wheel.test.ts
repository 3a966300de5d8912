import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimerWheel } from '../../src/life/timer-wheel.ts'
import { propertySettings } from '../document/property-settings.ts'

/** The same, by looking at every key. */
class Plain {
  readonly seconds = new Map<string, number>()
  #now: number

  constructor(now: number) {
    this.#now = now
  }

  advance(now: number): readonly string[] {
    const due = now > this.#now ? [...this.seconds].filter(([, second]) => second <= now).map(([key]) => key) : []
    for (const key of due) this.seconds.delete(key)
    this.#now = now
    return due
  }
}

const longest = 0xffff_ffff
const step = fc.oneof(
  fc.record({
    type: fc.constant('set' as const),
    key: fc.nat(12),
    after: fc.oneof(fc.nat(5), fc.nat(1000), fc.nat(100_000_000)),
  }),
  fc.record({ type: fc.constant('delete' as const), key: fc.nat(12) }),
  fc.record({
    type: fc.constant('advance' as const),
    by: fc.oneof(fc.nat(3), fc.nat(600), fc.nat(70_000), fc.nat(20_000_000)),
  }),
  fc.record({ type: fc.constant('back' as const), by: fc.nat(5000) }),
)

test('what is due is what has been set and is past, whatever was set, deleted, and however the clock went', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.array(step, { maxLength: 60 }), (start, steps) => {
      const wheel = new TimerWheel(start)
      const plain = new Plain(start)
      let now = start
      for (const one of steps) {
        if (one.type === 'set') {
          const second = Math.min(longest, now + one.after)
          wheel.set(`${one.key}`, second)
          plain.seconds.set(`${one.key}`, second)
        } else if (one.type === 'delete') {
          wheel.delete(`${one.key}`)
          plain.seconds.delete(`${one.key}`)
        } else {
          now = one.type === 'advance' ? Math.min(longest, now + one.by) : Math.max(0, now - one.by)
          expect(wheel.advance(now).toSorted()).toEqual(plain.advance(now).toSorted())
        }
        expect(new Set(wheel.keys())).toEqual(new Set(plain.seconds.keys()))
      }
    }),
    propertySettings(300),
  )
})

test('keys come in the order of their seconds, and each once', () => {
  const wheel = new TimerWheel(1_800_000_000)
  for (const after of [70_000, 3, 300, 17_000_000, 1]) wheel.set(`${after}`, 1_800_000_000 + after)
  wheel.set('3', 1_800_000_000 + 400)
  expect(wheel.advance(1_800_000_000 + 20_000_000)).toEqual(['1', '300', '3', '70000', '17000000'])
  expect([wheel.size, wheel.get('3')]).toEqual([0, undefined])
})

test('a deadline of a century is kept, and one that is past is due as soon as time goes on', () => {
  const wheel = new TimerWheel(1000)
  wheel.set('far', longest)
  wheel.set('past', 10)
  expect(wheel.advance(1000)).toEqual([])
  expect(wheel.advance(1001)).toEqual(['past'])
  expect(wheel.advance(longest - 1)).toEqual([])
  expect(wheel.advance(longest)).toEqual(['far'])
})
