import { defineScope } from '@scopes/core'
import { expect, test } from 'vitest'
import { Visit, key, minute, work, world } from './world.ts'

test('a handler is told the reason, the word, the final state and one delivery id; end waits until it was', async () => {
  const { process } = world()
  const a = await process('A')
  a.handle()
  const visit = await a.see('home')
  const { life } = visit
  await visit.end('logout')
  expect(a.told).toMatchObject([
    {
      key: { kind: 'visit', id: 'v' },
      reason: 'ended',
      detail: 'logout',
      value: { pages: ['home'] },
      deliveryId: life,
      attempt: 0,
    },
  ])
})

test('a rotation and a deadline that has passed are told with their reasons', async () => {
  const { process, clock } = world()
  const a = await process('A')
  a.handle()
  const first = await a.see('home')
  await first.rotate()
  await a.see('late', 'w')
  await clock.jump(3 * minute)
  expect((await a.visit('w')).ended).toMatchObject({ reason: 'expired' })
  await clock.advance(0)
  expect(a.told.map(({ reason, value, key: { id } }) => [id, reason, value.pages])).toEqual([
    ['v', 'rotated', ['home']],
    ['w', 'expired', ['late']],
  ])
})

test('a kind that keeps no ends has no handlers: onEnd is refused', async () => {
  const { process } = world()
  const { scopes } = await process('A')
  const Plain = defineScope({ kind: 'plain', initial: () => ({}) })
  expect(() => scopes.onEnd(Plain, () => {})).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  const Zero = defineScope({ kind: 'zero', initial: () => ({}), keepEnds: 0 })
  expect(() => scopes.onEnd(Zero, () => {})).toThrow(/keepEnds/)
})

test('a handler that was taken back is told nothing more, and the other one is', async () => {
  const { process } = world()
  const a = await process('A')
  const takeBack = a.handle()
  const others: string[] = []
  await a.see('home')
  a.scopes.onEnd(Visit, ({ reason }) => void others.push(reason))
  takeBack()
  await (await a.visit()).end()
  expect([a.told, others]).toEqual([[], ['ended']])
})

test('a handler that throws is told again after a second, two, four; the end waits, and other ends do not', async () => {
  const { process, clock, marker } = world()
  const a = await process('A')
  a.handle(({ key: { id } }) => {
    if (id === 'v' && a.told.filter(ended => ended.key.id === 'v').length < 4) throw new Error('down')
  })
  const visit = await a.see('home')
  await visit.end()
  expect(await marker()).toMatchObject({ delivery: { type: 'pending', attempt: 1, claim: undefined } })
  await (await a.see('other', 'w')).end()
  expect(await marker('visit:shop:w')).toMatchObject({ delivery: { type: 'delivered' } })
  await clock.advance(20_000)
  const told = a.told.filter(ended => ended.key.id === 'v')
  expect(told.map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3])
  expect(new Set(told.map(({ deliveryId }) => deliveryId)).size).toBe(1)
  expect(await marker()).toMatchObject({ delivery: { type: 'delivered' }, state: undefined })
})

test('close waits for handlers that are at work', async () => {
  const { process, marker, store } = world()
  const a = await process('A')
  const handling = work()
  a.handle(() => handling.promise)
  const ending = (await a.see('home')).end()
  while (a.told.length === 0) await new Promise(resolve => setImmediate(resolve))
  const closing = a.scopes.close().then(() => 'closed')
  expect(await Promise.race([closing, Promise.resolve('waiting')])).toBe('waiting')
  handling.finish()
  await Promise.all([ending, closing])
  await store.open()
  expect(await marker(key)).toMatchObject({ delivery: { type: 'delivered' } })
})
