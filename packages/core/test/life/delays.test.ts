import { expect, test } from 'vitest'
import { Delays } from '../../src/life/delays.ts'
import { SteppingClock } from '../lock/stepping-clock.ts'

/** What was called, and when. */
function noted(ms: number): {
  readonly clock: SteppingClock
  readonly delays: Delays
  readonly calls: string[]
  readonly wait: (name: string) => () => void
} {
  const clock = new SteppingClock()
  const delays = new Delays(clock, ms)
  const calls: string[] = []
  return { clock, delays, calls, wait: name => delays.after(() => void calls.push(`${name} ${clock.monotonic()}`)) }
}

test('each is called once, after the time, in the order of the calls', async () => {
  const { clock, calls, wait } = noted(100)
  wait('a')
  await clock.advance(30)
  wait('b')
  wait('c')
  await clock.advance(69)
  expect(calls).toEqual([])
  await clock.advance(500)
  expect(calls).toEqual(['a 100', 'b 130', 'c 130'])
})

test('who takes it back is not called, and delays nobody', async () => {
  const { clock, calls, wait } = noted(100)
  const cancel = wait('a')
  await clock.advance(30)
  wait('b')
  cancel()
  await clock.advance(70)
  cancel()
  await clock.advance(30)
  expect(calls).toEqual(['b 130'])
})

test('who comes when all are done is called in his turn, also from a call', async () => {
  const { clock, calls, delays, wait } = noted(100)
  delays.after(() => void wait('inner'))
  await clock.advance(100)
  await clock.advance(100)
  wait('late')
  await clock.advance(100)
  expect(calls).toEqual(['inner 200', 'late 300'])
})

test('after it is closed nobody is called', async () => {
  const { clock, calls, delays, wait } = noted(100)
  wait('a')
  await clock.advance(50)
  delays.close()
  await clock.advance(500)
  expect(calls).toEqual([])
})
