import type { Browser, Page } from 'playwright-core'
import { afterAll, test } from 'vitest'
import { launchBrowser, missingBrowser } from './launch-browser.ts'

/** A browser takes most of a busy machine's time; tests wait for what they see in it, and this ends only what would never end. */
const timeLimitMs = 300_000

/** A test that needs a browser: skipped where there is none, unless `REQUIRE_BROWSER` says that there has to be one. */
export function browserTest(name: string, body: () => Promise<void>): void {
  if (missingBrowser === undefined || process.env['REQUIRE_BROWSER']) test(name, body, timeLimitMs)
  else test.skip(`${name} (${missingBrowser})`, body)
}

/** A browser for the tests of one file, started when the first of them needs it. */
export class TestBrowser {
  #browser: Promise<Browser> | undefined

  constructor() {
    afterAll(async () => (await this.#browser)?.close())
  }

  /** A window of a visitor who has been nowhere yet, or of the one of another window, with connections of its own. */
  async open({ as: other }: { readonly as?: TestWindow } = {}): Promise<TestWindow> {
    this.#browser ??= launchBrowser()
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
