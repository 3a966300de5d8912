import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian puts it, or where `CHROMIUM` says. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Why no browser can be started here; undefined: one can. */
export const missingBrowser: string | undefined = existsSync(executablePath)
  ? undefined
  : `there is no browser at ${executablePath}: install chromium, or name one by CHROMIUM`

/** A browser; whoever starts it closes it. Rejects where there is none. */
export async function launchBrowser(): Promise<Browser> {
  if (missingBrowser !== undefined) throw new Error(missingBrowser)
  // Containers have room neither for its own sandbox nor for its shared memory. How long anything may take is the caller's to say.
  return chromium.launch({
    executablePath,
    timeout: 0,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
}
