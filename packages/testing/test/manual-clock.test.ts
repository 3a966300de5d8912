import assert from 'node:assert/strict'

import { test } from 'vitest'

import { manualClock } from '../src/manual-clock.ts'

test('the clock stands still until it is advanced', async () => {
  const clock = manualClock(1_000)
  assert.deepEqual([clock.now(), clock.monotonic()], [1_000, 0])
  await clock.advance(250)
  assert.deepEqual([clock.now(), clock.monotonic()], [1_250, 250])
})

test('a sleeper wakes when its time has come, and not before', async () => {
  const clock = manualClock()
  let isAwake = false
  const sleeping = clock.sleep(100).then(() => (isAwake = true))
  await clock.advance(99)
  assert.equal(isAwake, false)
  await clock.advance(1)
  assert.equal(isAwake, true)
  await sleeping
})

test('sleepers wake in order of time and then of falling asleep, each at its own time', async () => {
  const clock = manualClock()
  const woken: string[] = []
  const sleep = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms)
    woken.push(`${name} at ${clock.monotonic()}`)
  }
  const sleeping = [sleep('c', 30), sleep('a', 10), sleep('b', 10), sleep('d', 30)]
  await clock.advance(50)
  assert.deepEqual(woken, ['a at 10', 'b at 10', 'c at 30', 'd at 30'])
  await Promise.all(sleeping)
})

test('who sleeps again wakes again in the same advance', async () => {
  const clock = manualClock()
  const ticks: number[] = []
  const tick = async (): Promise<void> => {
    while (ticks.length < 5) {
      await clock.sleep(10)
      ticks.push(clock.monotonic())
    }
  }
  const ticking = tick()
  await clock.advance(35)
  assert.deepEqual(ticks, [10, 20, 30])
  await clock.advanceUntilIdle()
  assert.deepEqual(ticks, [10, 20, 30, 40, 50])
  await ticking
})

test('a jump wakes everybody once, at the new time', async () => {
  const clock = manualClock()
  const ticks: number[] = []
  const stopped = new AbortController()
  const tick = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await clock.sleep(10, stopped.signal)
      ticks.push(clock.monotonic())
    }
  }
  const ticking = tick()
  await clock.jump(86_400_000)
  assert.deepEqual(ticks, [86_400_000])
  stopped.abort()
  await ticking
})

test('an abort ends a sleep at once, and one before it lets nobody fall asleep', async () => {
  const clock = manualClock()
  const controller = new AbortController()
  const sleeping = clock.sleep(1_000, controller.signal)
  assert.equal(clock.sleepers, 1)
  controller.abort()
  await sleeping
  assert.equal(clock.sleepers, 0)
  await clock.sleep(1_000, controller.signal)
  assert.equal(clock.monotonic(), 0)
})

test('advancing until idle gives up on somebody who never rests', async () => {
  const clock = manualClock()
  const stopped = new AbortController()
  const ticking = (async () => {
    while (!stopped.signal.aborted) await clock.sleep(1_000, stopped.signal)
  })()
  await assert.rejects(clock.advanceUntilIdle(10_000), RangeError)
  assert.ok(clock.monotonic() <= 10_000)
  stopped.abort()
  await ticking
})
