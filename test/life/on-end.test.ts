import { defineScope } from '@scopes/core'
import { expect, test } from 'vitest'
import { Visit, key, work, world } from './world.ts'

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
