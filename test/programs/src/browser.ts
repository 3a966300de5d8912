import { existsSync } from 'node:fs'
import { type Browser, type Page, chromium } from 'playwright-core'
import { afterAll, test } from 'vitest'

/** Where Debian puts it, or where `CHROMIUM` says. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Why no browser can be started here; undefined: one can. */
const missing = existsSync(executablePath)
  ? undefined
  : `there is no browser at ${executablePath}: install chromium, or name one by CHROMIUM`

/** A browser takes most of a busy machine's time; tests wait for what they see in it, and this ends only what would never end. */
const timeLimitMs = 300_000

/** A test that needs a browser: skipped where there is none, unless `REQUIRE_BROWSER` says that there has to be one. */
export function browserTest(name: string, body: () => Promise<void>): void {
  if (missing === undefined || process.env['REQUIRE_BROWSER']) test(name, body, timeLimitMs)
  else test.skip(`${name} (${missing})`, body)
}

/** A browser for the tests of one file, started when the first of them needs it. */
export class TestBrowser {
  #browser: Promise<Browser> | undefined

  constructor() {
    afterAll(async () => (await this.#browser)?.close())
  }

  /** A window of a visitor who has been nowhere yet, or of the one of another window, with connections of its own. */
  async open({ as: other }: { readonly as?: TestWindow } = {}): Promise<TestWindow> {
    if (missing !== undefined) throw new Error(missing)
    // Containers have room neither for its own sandbox nor for its shared memory. How long anything may take is the test's to say.
    this.#browser ??= chromium.launch({
      executablePath,
      timeout: 0,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
    const context = await (await this.#browser).newContext({ viewport: { width: 1440, height: 900 } })
    if (other) await context.addCookies(await other.page.context().cookies())
    const page = await context.newPage()
    page.setDefaultTimeout(0)
    const errors: string[] = []
    page.on('pageerror', error => errors.push(error.message))
    page.on('console', message => {
      if (message.type() === 'error') errors.push(message.text())
    })
    return { page, errors }
  }
}

/** One window of a browser. */
export interface TestWindow {
  readonly page: Page
  /** What its scripts threw, and what the browser complained about. */
  readonly errors: readonly string[]
}
