import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { serveInspector } from '@scopes/inspector/web'
import { sqliteStore } from '@scopes/sqlite'
import { type Browser, chromium } from 'playwright-core'
import { type Budget, type Row, budgetRow, missingRow } from '../rows.ts'
import { median } from '../statistics.ts'
import type { Suite } from '../suite.ts'
import { fillStore } from './fill-store.ts'

const names = { cold: 'inspector-paint', warm: 'inspector-paint-again' }
const scopes = 100_000
const budget: Budget = { relation: '<', limit: 1000 }
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** How long it takes until the page of the inspector shows the first scopes of very many. */
export const firstPaint: Suite = {
  names: Object.values(names),
  async measure({ directory, progress, effort }) {
    if (!existsSync(executablePath)) {
      const note = `there is no browser at ${executablePath}`
      return Object.values(names).map(name => missingRow({ name, unit: 'ms', note }, budget))
    }
    const path = join(directory, 'scopes.db')
    await fillStore(path, scopes, progress)
    const browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
    try {
      const cold: number[] = []
      const warm: number[] = []
      for (let round = 0; round < effort.rounds; round++) {
        progress(`inspector: page ${round + 1} of ${effort.rounds}`)
        const measured = await paints(browser, path)
        cold.push(measured.cold)
        warm.push(measured.warm)
      }
      return [
        paintRow(names.cold, cold, 'nobody has looked before: the store is read meanwhile'),
        paintRow(names.warm, warm, 'somebody looks already'),
      ]
    } finally {
      await browser.close()
    }
  },
}

/** Of a first look and of a second one. */
async function paints(browser: Browser, path: string): Promise<{ readonly cold: number; readonly warm: number }> {
  const store = sqliteStore({ path })
  await store.open()
  const served = await serveInspector({ store, name: 'bench' })
  try {
    const cold = await paint(browser, served.url)
    // Everything has been read when it counts them all.
    const page = await browser.newPage()
    await page.goto(served.url, { timeout: 0 })
    await page.getByText(`${scopes.toLocaleString('en')} scopes`, { exact: true }).waitFor({ timeout: 0 })
    return { cold, warm: await paint(browser, served.url) }
  } finally {
    await served.close()
    await store.close()
  }
}

/** Milliseconds from the first request to the frame that has the first rows in it. */
async function paint(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage()
  await page.addInitScript(`
    new MutationObserver((_, observer) => {
      if (!document.querySelector('.row')) return
      observer.disconnect()
      requestAnimationFrame(() => setTimeout(() => (window.paintedAt = performance.now())))
    }).observe(document, { childList: true, subtree: true })
  `)
  await page.goto(url, { timeout: 0 })
  const painted = await page.waitForFunction('window.paintedAt', undefined, { timeout: 0 })
  const at = (await painted.jsonValue()) as number
  await page.close()
  return at
}

function paintRow(name: string, values: readonly number[], note: string): Row {
  return budgetRow({ name, value: median(values), unit: 'ms', note: `${scopes} scopes on SQLite; ${note}` }, budget)
}
