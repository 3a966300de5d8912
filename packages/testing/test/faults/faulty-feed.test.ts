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

test('gap: lost comes in place of the message, then all documents and caught-up; what was removed is not told', async () => {
  const [store, reading] = await opened()
  await insertThree(store)
  await pull(reading, 3)
  const removed = await store.load('session:shop:1')
  expectDone(await store.remove('session:shop:1', removed?.token ?? assert.fail()))
  store.faults.nextMessage({ fault: 'gap', key: 'session:shop:1' })
  const told = await pull(reading, 4)
  assert.deepEqual(
    told.map(({ type }) => type),
    ['lost', 'document', 'document', 'caught-up'],
  )
  assert.deepEqual(keysOf(told), ['session:shop:0', 'session:shop:2'])
})

test('gap: the token of lost covers nothing that was left out', async () => {
  const [store, reading] = await opened()
  store.faults.nextMessage({ fault: 'gap' })
  await insertThree(store)
  const [lost] = await pull(reading, 1)
  assert.deepEqual(await keysSince(store, lost?.feedToken), ['session:shop:0', 'session:shop:1', 'session:shop:2'])
})

test('roll-back: rolled-back comes in place of the message, then it and some before it once more', async () => {
  const [store, reading] = await opened()
  await insertThree(store)
  await pull(reading, 2)
  store.faults.nextMessage({ fault: 'roll-back' })
  const told = await pull(reading, 5)
  assert.deepEqual(
    told.map(({ type }) => type),
    ['rolled-back', 'document', 'document', 'document', 'caught-up'],
  )
  assert.deepEqual(keysOf(told), ['session:shop:0', 'session:shop:1', 'session:shop:2'])
  assert.deepEqual(await keysSince(store, told[0]?.feedToken), keysOf(told))
})

test('a reading that waits is told on cue that it was rolled back, or has lost a part', async () => {
  for (const [tell, type] of [
    [(store: FaultStore) => store.faults.rollBackFeed(), 'rolled-back'],
    [(store: FaultStore) => store.faults.loseFeed(), 'lost'],
  ] as const) {
    const [store, reading] = await opened()
    await insertThree(store)
    await pull(reading, 3)
    const waiting = pull(reading, 5)
    await new Promise(resolve => {
      setImmediate(resolve)
    })
    tell(store)
    assert.deepEqual(
      (await waiting).map(message => message.type),
      [type, 'document', 'document', 'document', 'caught-up'],
    )
    const next = pull(reading, 1)
    expectDone(await store.insert('session:shop:3', bytesOf('a')))
    assert.deepEqual(keysOf(await next), ['session:shop:3'])
  }
})

test('a reading that was ended is not disturbed any more', async () => {
  const [store, reading] = await opened()
  await reading.return?.()
  store.faults.loseFeed()
  assert.equal((await reading.next()).done, true)
})

test('partitions: each keeps its order, and chance decides which goes on first', async () => {
  const orders = new Set<string>()
  for (let seed = 1; seed <= 10; seed++) {
    const store = faultStore(memoryStore(), { seed, feedPartitions: 3 })
    const reading = store.feed?.open({ since: 'now' })[Symbol.asyncIterator]() ?? assert.fail()
    await pull(reading, 3)
    for (let number = 0; number < 12; number++) expectDone(await store.insert(`session:shop:${number}`, bytesOf('a')))
    const told = await pull(reading, 12)
    for (const partition of [0, 1, 2]) {
      const numbers = keysOf(told.filter(message => message.partition === partition)).map(key => Number(key.slice(13)))
      assert.ok(numbers.length > 0)
      assert.deepEqual(
        numbers,
        numbers.toSorted((left, right) => left - right),
      )
    }
    orders.add(keysOf(told).join(' '))
    await reading.return?.()
  }
  assert.ok(orders.size > 5, `${orders.size} orders`)
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
