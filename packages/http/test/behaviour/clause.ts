import type { AdapterDriver, Setting } from './adapter-driver.ts'
import type { Harness } from './harness.ts'

/** One behaviour that every adapter has. */
export interface Clause {
  /** Its rows in the table of the design, and what holds. */
  readonly name: string
  /** Where it does not apply: why. */
  readonly skip?: (driver: AdapterDriver, setting: Setting) => string | undefined
  readonly run: (harness: Harness) => Promise<void>
}
