import assert from 'node:assert/strict'

import { StoreUnavailableError, memoryStore, type FeedMessage, type FeedToken } from '@scopes/core'
import { test } from 'vitest'

import { bytesOf } from '../../src/contract/expect-document.ts'
import { expectDone } from '../../src/contract/expect-result.ts'
import { faultStore, type FaultStore } from '../../src/fault-store.ts'

test('drop: the message does not come, the next one does', async () => {
  const [store, reading] = await opened()
  store.faults.nextMessage({ fault: 'drop', key: 'session:shop:1' })
  await insertThree(store)
  assert.deepEqual(keysOf(await pull(reading, 2)), ['session:shop:0', 'session:shop:2'])
})

test('duplicate: the message comes twice in a row', async () => {
  const [store, reading] = await opened()
  store.faults.nextMessage({ fault: 'duplicate', key: 'session:shop:1' })
  await insertThree(store)
  const [, first, second] = await pull(reading, 3)
  assert.deepEqual(first, second)
})

test('older-again: the version before comes as if it were newer', async () => {
  const [store, reading] = await opened()
  const token = expectDone(await store.insert('session:shop:1', bytesOf('a')))
  await pull(reading, 1)
  store.faults.nextMessage({ fault: 'older-again' })
  const newer = expectDone(await store.append('session:shop:1', bytesOf('b'), token))
  const told = await pull(reading, 2)
  assert.deepEqual(
    told.map(message => 'token' in message && message.token),
    [newer, token],
  )
})

test('swap-keys: two messages change places, and no token covers what is to come', async () => {
  const [store, reading] = await opened()
  await insertThree(store)
  await pull(reading, 1)
  store.faults.nextMessage({ fault: 'swap-keys' })
  const [first, second] = await pull(reading, 2)
  assert.deepEqual(keysOf([first, second]), ['session:shop:2', 'session:shop:1'])
  assert.deepEqual(await keysSince(store, first?.feedToken), ['session:shop:1', 'session:shop:2'])
  assert.deepEqual(await keysSince(store, second?.feedToken), [])
})

test('swap-keys: the last message does not wait for another that may never come', async () => {
  const [store, reading] = await opened()
  store.faults.nextMessage({ fault: 'swap-keys' })
  expectDone(await store.insert('session:shop:1', bytesOf('a')))
  assert.deepEqual(keysOf(await pull(reading, 1)), ['session:shop:1'])
  expectDone(await store.insert('session:shop:2', bytesOf('a')))
  assert.deepEqual(keysOf(await pull(reading, 1)), ['session:shop:2'])
})

test('fail: the iteration rejects as unavailable and is over', async () => {
  const [store, reading] = await opened()
  store.faults.nextMessage({ fault: 'fail' })
  expectDone(await store.insert('session:shop:1', bytesOf('a')))
  await assert.rejects(pull(reading, 1), StoreUnavailableError)
  assert.equal((await reading.next()).done, true)
})

test('a feed that is stopped says nothing, and goes on with everything', async () => {
  const [store, reading] = await opened()
  store.faults.stopFeeding()
  await insertThree(store)
  let isTold = false
  const first = pull(reading, 1).then(messages => {
    isTold = true
    return messages
  })
  await new Promise(resolve => {
    setImmediate(resolve)
  })
  assert.equal(isTold, false)
  store.faults.resumeFeeding()
  assert.deepEqual(keysOf([...(await first), ...(await pull(reading, 2))]), [
    'session:shop:0',
    'session:shop:1',
    'session:shop:2',
  ])
})

test('a reader of a stopped feed can still be aborted, and the store be closed', async () => {
  const controller = new AbortController()
  const [store, reading] = await opened(controller.signal)
  const [other, another] = await opened()
  store.faults.stopFeeding()
  const end = reading.next()
  controller.abort()
  assert.equal((await end).done, true)
  other.faults.stopFeeding()
  const otherEnd = another.next()
  await other.close()
  assert.equal((await otherEnd).done, true)
})

async function opened(signal?: AbortSignal): Promise<[store: FaultStore, reading: AsyncIterator<FeedMessage>]> {
  const store = faultStore(memoryStore())
  const reading = store.feed?.open({ since: 'now', signal })[Symbol.asyncIterator]() ?? assert.fail()
  await pull(reading, 1)
  return [store, reading]
}

async function insertThree(store: FaultStore): Promise<void> {
  for (let index = 0; index < 3; index++) expectDone(await store.insert(`session:shop:${index}`, bytesOf('a')))
}

async function pull(reading: AsyncIterator<FeedMessage>, count: number): Promise<readonly FeedMessage[]> {
  const messages: FeedMessage[] = []
  while (messages.length < count) {
    const result = await reading.next()
    if (result.done === true) return assert.fail('the feed has ended')
    messages.push(result.value)
  }
  return messages
}

function keysOf(messages: readonly (FeedMessage | undefined)[]): readonly string[] {
  return messages.flatMap(message => (message && 'key' in message ? [message.key] : []))
}

async function keysSince(store: FaultStore, since: FeedToken | undefined): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const message of store.feed?.open({ since }) ?? []) {
    if (message.type === 'caught-up') break
    if ('key' in message) keys.push(message.key)
  }
  return keys
}
