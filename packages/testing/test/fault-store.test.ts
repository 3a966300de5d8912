import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'

import { StoreUnavailableError, memoryStore, type MutationResult, type StoreToken } from '@scopes/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { bytesOf, expectDocument, expectNoDocument } from '../src/contract/expect-document.ts'
import { expectDone } from '../src/contract/expect-result.ts'
import { faultStore, type FaultStore, type FaultStoreOptions } from '../src/fault-store.ts'
import { manualClock } from '../src/manual-clock.ts'
import { propertyRuns } from './property-runs.ts'

const key = 'session:shop:1'

test('a fault that there is not, or a rate that is none, is refused: the test would test nothing', () => {
  const options = [
    { plan: [{ fault: 'lose' }] },
    { feedPlan: [{ fault: 'late' }] },
    { rates: { lat: 0.1 } },
    { rates: { late: 2 } },
    { feedRates: { drop: '0.1' } },
  ]
  for (const bad of options) assert.throws(() => newStore(bad as FaultStoreOptions), { code: 'invalid-argument' })
  const { faults } = newStore()
  assert.throws(() => faults.next({ fault: 'lose' as never }), { code: 'invalid-argument' })
  assert.throws(() => faults.nextMessage({ fault: 'late' as never }), { code: 'invalid-argument' })
})

describe('a scripted fault', () => {
  test('fail: nothing is executed, and the caller knows it', async () => {
    const store = newStore({ plan: [{ fault: 'fail' }] })
    await expectUnavailable(store.insert(key, bytesOf('a')), 'none')
    await expectNoDocument(store, key)
  })

  test('lose-before: nothing is executed, and the caller does not know it', async () => {
    const store = newStore({ plan: [{ fault: 'lose-before' }] })
    await expectUnavailable(store.insert(key, bytesOf('a')), 'unknown')
    await expectNoDocument(store, key)
  })

  test('lose-after: the request is executed, and the caller does not know it', async () => {
    const store = newStore({ plan: [{ fault: 'lose-after' }] })
    await expectUnavailable(store.insert(key, bytesOf('a')), 'unknown')
    await expectDocument(store, key, 'a')
  })

  test('late: the request lands when it is told to, with the bytes that it was sent with', async () => {
    const store = newStore({ plan: [{ fault: 'late' }] })
    const bytes = bytesOf('a')
    await expectUnavailable(store.insert(key, bytes), 'unknown')
    bytes.fill(0)
    await expectNoDocument(store, key)
    assert.equal(store.faults.lateRequests, 1)
    await store.faults.land()
    await expectDocument(store, key, 'a')
    assert.equal(store.faults.lateRequests, 0)
  })

  test('late: the request lands after so many further operations', async () => {
    const store = newStore({ plan: [{ fault: 'late', afterOperations: 2 }] })
    await expectUnavailable(store.insert(key, bytesOf('a')), 'unknown')
    await expectNoDocument(store, key)
    await expectNoDocument(store, key)
    await expectDocument(store, key, 'a')
  })

  test('late: a request that has become stale meanwhile changes nothing', async () => {
    const store = newStore()
    const token = expectDone(await store.insert(key, bytesOf('a')))
    store.faults.next({ fault: 'late' })
    await expectUnavailable(store.append(key, bytesOf('b'), token), 'unknown')
    expectDone(await store.append(key, bytesOf('c'), token))
    await store.faults.land()
    await expectDocument(store, key, 'ac')
  })

  test('duplicate: the request is executed once more, and can bring back what was removed', async () => {
    const store = newStore({ plan: [{ fault: 'duplicate' }] })
    const token = expectDone(await store.insert(key, bytesOf('a')))
    expectDone(await store.remove(key, token))
    await store.faults.land()
    await expectDocument(store, key, 'a')
  })

  test('delay: the request arrives when the time has passed', async () => {
    const clock = manualClock()
    const store = newStore({ clock, plan: [{ fault: 'delay', delayMs: 100 }] })
    const insert = store.insert(key, bytesOf('a'))
    await clock.advance(99)
    await expectNoDocument(store, key)
    expect(store.faults.delayedRequests).toBe(1)
    await clock.advance(1)
    expectDone(await insert)
    expect(store.faults.delayedRequests).toBe(0)
    await expectDocument(store, key, 'a')
  })

  test('delay-answer: what is executed can be seen before the answer', async () => {
    const clock = manualClock()
    const store = newStore({ clock, plan: [{ fault: 'delay-answer', delayMs: 100 }] })
    let isAnswered = false
    const insert = store.insert(key, bytesOf('a')).then(() => (isAnswered = true))
    await clock.advance(99)
    await expectDocument(store, key, 'a')
    assert.equal(isAnswered, false)
    await clock.advance(1)
    await insert
  })

  test('waits for the operation and the key that it is meant for', async () => {
    const store = newStore({ plan: [{ fault: 'fail', operation: 'append', key }] })
    const token = expectDone(await store.insert(key, bytesOf('a')))
    const other = expectDone(await store.insert('session:shop:2', bytesOf('a')))
    expectDone(await store.append('session:shop:2', bytesOf('b'), other))
    await expectUnavailable(store.append(key, bytesOf('b'), token), 'none')
    expectDone(await store.append(key, bytesOf('b'), token))
    assert.deepEqual(store.faults.injected, [{ fault: 'fail', operation: 'append', key }])
  })

  test('of a load, which changes nothing, the outcome is none whatever is lost', async () => {
    const store = newStore({ plan: [{ fault: 'lose-after', operation: 'load' }] })
    await expectUnavailable(store.load(key), 'none')
  })
})

describe('holding', () => {
  test('many calls for one caller are no listeners of his signal, and all are given up when it aborts', async () => {
    for (const what of [undefined, 'answers'] as const) {
      const store = newStore()
      await store.insert(key, bytesOf('a'))
      store.faults.hold(what)
      const caller = new AbortController()
      const calls = Array.from({ length: 20 }, () => store.load(key, { signal: caller.signal }))
      await new Promise(resolve => setImmediate(resolve))
      expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
      caller.abort()
      const outcomes = await Promise.allSettled(calls)
      expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([what ? 'fulfilled' : 'rejected']))
      store.faults.release()
    }
  })

  test('nothing arrives until it is released, then all in the order of the calls', async () => {
    const store = newStore()
    const token = expectDone(await store.insert(key, bytesOf('a')))
    store.faults.hold()
    const answers: string[] = []
    const told = (name: string) => (result: MutationResult) => void answers.push(`${name} ${result.type}`)
    const calls = [
      store.append(key, bytesOf('b'), token).then(told('append')),
      store.replace(key, bytesOf('c'), token).then(told('replace')),
    ]
    await settled()
    assert.deepEqual(answers, [])
    store.faults.release()
    await Promise.all(calls)
    assert.deepEqual(answers, ['append done', 'replace refused'])
    await expectDocument(store, key, 'ab')
  })

  test('answers can be held while requests are executed', async () => {
    const inner = memoryStore()
    const store = faultStore(inner)
    store.faults.hold('answers')
    const insert = store.insert(key, bytesOf('a'))
    await settled()
    await expectDocument(inner, key, 'a')
    store.faults.release()
    expectDone(await insert)
  })

  test('who gives up a held request does not know the outcome, and it lands all the same', async () => {
    const store = newStore()
    const controller = new AbortController()
    store.faults.hold()
    const insert = store.insert(key, bytesOf('a'), { signal: controller.signal })
    await settled()
    controller.abort(new Error('given up'))
    await expectUnavailable(insert, 'unknown')
    store.faults.release()
    await settled()
    await expectDocument(store, key, 'a')
  })

  test('closing answers what is held, and what is late never lands', async () => {
    const inner = memoryStore()
    const store = faultStore(inner, { plan: [{ fault: 'late' }] })
    await expectUnavailable(store.insert('session:shop:late', bytesOf('a')), 'unknown')
    store.faults.hold()
    const insert = store.insert(key, bytesOf('a'))
    await settled()
    await store.close()
    expectDone(await insert)
    await store.faults.land()
    await inner.open()
    await expectDocument(inner, key, 'a')
    await expectNoDocument(inner, 'session:shop:late')
  })
})

describe('failing', () => {
  test('everything rejects with nothing done, until it is over', async () => {
    const store = newStore()
    const token = expectDone(await store.insert(key, bytesOf('a')))
    store.faults.failing(true)
    await expectUnavailable(store.load(key), 'none')
    await expectUnavailable(store.append(key, bytesOf('b'), token), 'none')
    await expectUnavailable(store.open(), 'none')
    await expectUnavailable(store.feed?.probe() ?? assert.fail(), 'none')
    store.faults.failing(false)
    assert.equal(await expectDocument(store, key, 'a'), token)
  })
})

describe('chance', () => {
  const rates: FaultStoreOptions['rates'] = {
    fail: 0.1,
    'lose-before': 0.1,
    'lose-after': 0.1,
    late: 0.1,
    duplicate: 0.1,
  }

  test('the same seed brings the same faults to the same calls, and many of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async seed => {
        const runs = [newStore({ seed, rates }), newStore({ seed, rates })]
        for (const store of runs) await writeMarks(store, 100)
        const [one, other] = runs.map(store => store.faults.injected)
        assert.deepEqual(one, other)
        assert.ok(one && one.length > 25, `${one?.length} faults`)
      }),
      propertyRuns,
    )
  })

  test('what is done is in the document once, what has the outcome none is not, whatever happens to requests', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async seed => {
        const store = newStore({ seed, rates })
        const outcomes = await writeMarks(store, 60)
        store.faults.calm()
        await store.faults.land()
        const document = await store.load(key)
        const marks = new TextDecoder().decode(document?.bytes).trim().split(' ')
        assert.equal(new Set(marks).size, marks.length, 'a mark is there twice')
        for (const [mark, outcome] of outcomes) {
          if (outcome !== 'unknown') assert.equal(marks.includes(mark), outcome === 'done', `${mark}: ${outcome}`)
        }
      }),
      propertyRuns,
    )
  })

  test('calm ends it', async () => {
    const store = newStore({ rates: { fail: 1 }, plan: [{ fault: 'late' }] })
    store.faults.failing(true)
    store.faults.hold()
    store.faults.calm()
    expectDone(await store.insert(key, bytesOf('a')))
    assert.deepEqual(store.faults.injected, [])
  })
})

function newStore(options?: FaultStoreOptions): FaultStore {
  return faultStore(memoryStore(), options)
}

async function expectUnavailable(call: Promise<unknown>, outcome: 'none' | 'unknown'): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof StoreUnavailableError, String(error))
    assert.equal(error.outcome, outcome)
    return true
  })
}

/** Lets everything run that waits for nothing. */
function settled(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

/** Appends marks by compare-and-swap, each tried once; what the writer was told of each. */
async function writeMarks(store: FaultStore, count: number): Promise<ReadonlyMap<string, string>> {
  const outcomes = new Map<string, string>()
  let token: StoreToken | undefined
  for (let index = 0; index < count; index++) {
    const mark = `m${index}`
    try {
      token ??= (await store.load(key))?.token
      const bytes = bytesOf(`${mark} `)
      const result = token === undefined ? await store.insert(key, bytes) : await store.append(key, bytes, token)
      token = result.type === 'done' ? result.token : undefined
      outcomes.set(mark, result.type === 'done' ? 'done' : 'none')
    } catch (error) {
      assert.ok(error instanceof StoreUnavailableError, String(error))
      token = undefined
      outcomes.set(mark, error.outcome ?? 'unknown')
    }
  }
  return outcomes
}
