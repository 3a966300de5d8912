import { describe, test } from 'vitest'
import type { AdapterDriver, Setting } from './adapter-driver.ts'
import { behaviourTable } from './behaviour-table.ts'
import { openHarness } from './harness.ts'
import { settings as allSettings } from './settings.ts'

/** Declares a test for each clause of the table in each of the settings, against one adapter. */
export function runBehaviourTable(driver: AdapterDriver, settings: readonly Setting[] = allSettings): void {
  describe.each(settings)(`the behaviour table on ${driver.name}, $name`, setting => {
    for (const { name, skip, run } of behaviourTable) {
      const reason = skip?.(driver, setting)
      test.skipIf(reason !== undefined)(reason === undefined ? name : `${name} (${reason})`, async () => {
        const harness = await openHarness(driver, setting)
        try {
          await run(harness)
        } finally {
          await harness.close()
        }
      })
    }
  })
}
