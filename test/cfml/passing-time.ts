import type { ManualClock } from '@scopes/testing'
import type { Ground } from './behaviour.ts'

/** Lets time pass, in steps in which the store can answer, until it is so. */
export async function until({ settled }: Ground, clock: ManualClock, isSo: () => boolean, stepMs = 500): Promise<void> {
  for (let steps = 0; ; steps++) {
    await settled()
    if (isSo()) return
    if (steps > 2000) throw new Error('It never came to that.')
    await clock.advance(stepMs)
  }
}

/** What it comes to, while time passes. */
export async function whileTimePasses<T>(ground: Ground, clock: ManualClock, work: Promise<T>): Promise<T> {
  let isOver = false
  const over = work.finally(() => (isOver = true))
  over.catch(() => undefined)
  await until(ground, clock, () => isOver, 20)
  return over
}
