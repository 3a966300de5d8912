import { getEventListeners } from 'node:events'

import { startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { expect, onTestFinished, test } from 'vitest'

import { Aborts } from '../src/aborts.ts'
import { couchbaseStore } from '../src/couchbase-store.ts'
import { bucketName, optionsFor } from './server-place.ts'

const listenersOf = ({ signal }: AbortController): number => getEventListeners(signal, 'abort').length

test('whoever waits is told once, whoever has left is not', () => {
  const aborts = new Aborts()
  const [one, other] = [new AbortController(), new AbortController()]
  const told: string[] = []
  aborts.on(one.signal, () => told.push('first'))
  const leave = aborts.on(one.signal, () => told.push('left'))
  aborts.on(one.signal, () => told.push('second'))
  aborts.on(other.signal, () => told.push('other'))
  leave()
  one.abort()
  one.abort()
  leave()
  expect(told).toEqual(['first', 'second'])
})

test('a signal has one listener while anybody waits, and none before and after', () => {
  const aborts = new Aborts()
  const controller = new AbortController()
  const leave = Array.from({ length: 20 }, () => aborts.on(controller.signal, () => {}))
  expect(listenersOf(controller)).toBe(1)
  for (const left of leave) left()
  expect(listenersOf(controller)).toBe(0)
  aborts.on(controller.signal, () => {})
  expect(listenersOf(controller)).toBe(1)
  controller.abort()
  expect(listenersOf(controller)).toBe(0)
})

test('many calls for one caller, while the store opens and when it is open, are one listener of his signal', async () => {
  const server = await startCouchbaseServer({ buckets: [{ name: bucketName, vbuckets: 4 }] })
  onTestFinished(() => server.close())
  const store = couchbaseStore(optionsFor(server))
  onTestFinished(() => store.close())
  const controller = new AbortController()
  const load = (): Promise<unknown>[] =>
    Array.from({ length: 20 }, (_, index) => store.load(`session:shop:${index}`, controller))
  const early = load()
  expect(listenersOf(controller)).toBe(1)
  await Promise.all(early)
  const late = load()
  expect(listenersOf(controller)).toBe(1)
  controller.abort(new Error('gone'))
  const settled = await Promise.allSettled(late)
  expect(settled.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 'rejected'))
})
