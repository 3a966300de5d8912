import { expect, test } from 'vitest'
import { lowestToken, openSlot } from '../../src/feed/slot.ts'
import { Endings } from '../../src/scope/endings.ts'
import { lifeOf, tokenOf } from '../feed/lettered-documents.ts'

test('fence: who comes later begins with the lives whose end was seen, and the token of the end', () => {
  const endings = new Endings()
  endings.remember('k', { fenced: [lifeOf(1)], token: tokenOf(7) })
  expect(endings.slotOf('k')).toMatchObject({ fenced: [lifeOf(1)], token: 7n, position: undefined })
  expect(endings.has('k', lifeOf(1))).toBe(true)
  expect(endings.has('k', lifeOf(2))).toBe(false)
})

test('a scope of which no end was seen begins with nothing and takes no room', () => {
  const endings = new Endings()
  endings.remember('k', { fenced: [], token: tokenOf(7) })
  expect(endings.isEmpty).toBe(true)
  expect(endings.slotOf('k')).toEqual(openSlot())
})

test('the ends that were seen longest ago are forgotten', () => {
  const endings = new Endings(2)
  for (const key of ['a', 'b', 'a', 'c']) endings.remember(key, { fenced: [lifeOf(1)], token: tokenOf(1) })
  expect(['a', 'b', 'c'].filter(key => endings.has(key, lifeOf(1)))).toEqual(['a', 'c'])
})

test('forget-tokens: after a rollback the lives stay ended, and tokens order nothing', () => {
  const endings = new Endings()
  endings.remember('k', { fenced: [lifeOf(1)], token: tokenOf(7) })
  endings.forgetTokens()
  expect(endings.slotOf('k')).toMatchObject({ fenced: [lifeOf(1)], token: lowestToken })
})
