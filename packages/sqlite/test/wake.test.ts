import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'

import { SlowTimer } from '../src/slow-timer.ts'
import { Wake } from '../src/wake.ts'
import { temporaryDirectory } from './temporary-directory.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

interface Watched {
  readonly wake: Wake
  looks: number
  newest: number
}

/** A waker whose looks are counted. */
async function watched(hasBell: boolean): Promise<Watched> {
  const bellPath = join(await temporaryDirectory(), 'scopes.db-bell')
  if (hasBell) await writeFile(bellPath, '')
  const slowTimer = new SlowTimer()
  onTestFinished(() => slowTimer.stop())
  const counted = { looks: 0, newest: 0 }
  const wake = new Wake({
    bellPath,
    pollMs: 25,
    slowTimer,
    latestOwn: () => counted.newest,
    newest: () => {
      counted.looks++
      return counted.newest
    },
  })
  return Object.assign(counted, { wake })
}

/** How often it looks in a second. */
function looksIn(it: { looks: number }): number {
  const before = it.looks
  vi.advanceTimersByTime(1000)
  return it.looks - before
}

test('while nothing changes it looks four times a second, and as often as before when something did', async () => {
  const it = await watched(true)
  let woken = 0
  const stop = it.wake.listen(() => woken++)
  expect(looksIn(it)).toBe(40)
  expect(looksIn(it)).toBe(4)
  it.newest = 1
  expect(looksIn(it)).toBeGreaterThan(28)
  expect(woken).toBe(1)
  looksIn(it)
  expect(looksIn(it)).toBe(4)
  it.newest = 2
  it.wake.notify()
  expect(woken).toBe(2)
  expect(looksIn(it)).toBe(40)
  stop()
  expect(looksIn(it)).toBe(0)
})

test('where no bell can be heard it always looks as often as it has to', async () => {
  const it = await watched(false)
  const stop = it.wake.listen(() => {})
  expect(looksIn(it)).toBe(200)
  expect(looksIn(it)).toBe(200)
  stop()
})
