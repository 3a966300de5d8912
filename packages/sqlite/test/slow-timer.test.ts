import { afterEach, expect, onTestFinished, test, vi } from 'vitest'

import { SlowTimer, slowMs } from '../src/slow-timer.ts'

afterEach(() => {
  vi.useRealTimers()
})

function slowTimer(): SlowTimer {
  const timer = new SlowTimer()
  onTestFinished(() => timer.stop())
  return timer
}

/** The timers that keep this process alive. */
function holdingTimers(): number {
  return process.getActiveResourcesInfo().filter(resource => resource === 'Timeout').length
}

test('whoever listens is called at each tick, until he has enough or nobody is called any more', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const timer = slowTimer()
  const called: string[] = []
  const unlisten = timer.listen(() => called.push('listener'))
  timer.hold(() => called.push('holder'))
  vi.advanceTimersByTime(slowMs)
  expect(called).toEqual(['listener', 'holder'])
  unlisten()
  vi.advanceTimersByTime(2 * slowMs)
  expect(called).toEqual(['listener', 'holder', 'holder', 'holder'])
  timer.stop()
  vi.advanceTimersByTime(slowMs)
  expect(called).toHaveLength(4)
})

test('the process stays alive for those who hold the timer, and for nobody else', () => {
  const before = holdingTimers()
  const timer = slowTimer()
  timer.listen(() => {})
  expect(holdingTimers()).toBe(before)
  const release = [timer.hold(() => {}), timer.hold(() => {})]
  expect(holdingTimers()).toBe(before + 1)
  release[0]?.()
  expect(holdingTimers()).toBe(before + 1)
  release[1]?.()
  expect(holdingTimers()).toBe(before)
})
