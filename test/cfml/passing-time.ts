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
