import { describe, test } from 'vitest'
import type { AdapterDriver } from './adapter-driver.ts'
import { behaviourTable } from './behaviour-table.ts'
import { openHarness } from './harness.ts'

/** Declares a test for each clause of the table, against one adapter. */
export function runBehaviourTable(driver: AdapterDriver): void {
  describe(`the behaviour table on ${driver.name}`, () => {
    for (const { name, skip, run } of behaviourTable) {
      const reason = skip?.(driver)
      test.skipIf(reason !== undefined)(reason === undefined ? name : `${name} (${reason})`, async () => {
        const harness = await openHarness(driver)
        try {
          await run(harness)
        } finally {
          await harness.close()
        }
      })
    }
  })
}
