import type { SeededRandom } from '../../seeded-random.ts'
import type { SystemPlan } from './system-plan.ts'

/** How far a clock is off that is wrong: ten minutes, in milliseconds. */
export const wrongMs = 600_000

/** How far the wall clock of each process is ahead at first, in milliseconds. */
export function drawSkews({ clocks, processes }: SystemPlan, random: SeededRandom): readonly number[] {
  switch (clocks) {
    case 'right':
    case 'jumping':
      return []
    case 'within':
      // No two are further apart than a second, and the store is right.
      return processes.map(() => random.below(1001) - 500)
    case 'beyond': {
      const wrong = random.below(processes.length)
      const skewMs = random.pick([wrongMs, -wrongMs])
      return processes.map((_, index) => (index === wrong ? skewMs : 0))
    }
    default:
      return clocks satisfies never
  }
}
