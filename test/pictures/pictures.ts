import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { memoryStore } from '@scopes/core'
import { serveInspector } from '@scopes/inspector/web'
import { launchBrowser } from '@scopes/test-programs/launch-browser'
import { manualClock, seededRandom } from '@scopes/testing'
import { ShopTraffic } from './shop-traffic.ts'
import { slowStore } from './slow-store.ts'

const usage = `Usage: pictures [--directory DIRECTORY]

Makes the pictures of the inspector's page that the documents show: a shop of two processes on a clock of its own, looked at by
Chromium. Who does what, and when, is the same each time but for some milliseconds; the lives of the scopes are drawn.

  --directory DIRECTORY   where to (default: docs/pictures)
`

const { values } = parseArgs({ options: { directory: { type: 'string' }, help: { type: 'boolean' } } })
if (values.help) process.stdout.write(usage)
else await makePictures(values.directory ?? fileURLToPath(new URL('../../docs/pictures', import.meta.url)))

async function makePictures(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const clock = manualClock(Date.UTC(2026, 10, 28, 14, 20))
  const random = seededRandom(28)
  const store = slowStore(memoryStore({ clock }), clock, random)
  const traffic = await ShopTraffic.open(store, clock, random)
  const { url, close } = await serveInspector({ store, scopes: traffic.mounted, clock })
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, timezoneId: 'UTC', locale: 'en-GB' })
    page.setDefaultTimeout(60_000)
    const look = (): Promise<void> => page.clock.setFixedTime(clock.now())
    await look()
    await page.goto(url)
    await page.getByText('live', { exact: true }).waitFor()
    for (let second = 0; second < 80; second++) await traffic.second()
    await traffic.story()
    for (let second = 0; second < 12; second++) await traffic.second()
    await look()
    await page.goto(`${url}#/scope/${encodeURIComponent(`session:shop:${traffic.visitor}`)}`)
    await page.reload()
    await page.getByRole('list', { name: 'Commits' }).getByText('merged from').waitFor()
    await page.getByRole('option', { name: traffic.visitor }).waitFor()
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await page.screenshot({ path: join(directory, `inspector-${scheme}.png`) })
    }
  } finally {
    await browser.close()
    await close()
    await traffic.close()
  }
}
