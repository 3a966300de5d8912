import { cp } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { TestBrowser, type TestWindow, browserTest } from '@scopes/test-programs/browser'
import { beforeAll, expect } from 'vitest'
import { openShop, shopProgram } from './open-shop.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const browser = new TestBrowser()

/** Where the bundled program looks for what the browser gets. */
beforeAll(async () => {
  const shop = new URL('..', import.meta.resolve('@scopes/example-shop/main'))
  await cp(new URL('public', shop), fileURLToPath(new URL('../public', shopProgram)), { recursive: true })
})

/** Which worker has made what the window shows. */
function workerOf({ page }: TestWindow): Promise<string> {
  return page.locator('footer').innerText()
}

browserTest('two windows of a visitor, answered by two workers, show one cart while it is filled in both', async () => {
  const shop = await openShop(await temporaryDirectory())
  const first = await browser.open()
  await first.page.goto(shop.url.href)
  await first.page.locator('#telescope').getByRole('button').click()
  await first.page.locator('#cart').getByText('Telescope').waitFor()

  let second = await browser.open({ as: first })
  await second.page.goto(shop.url.href)
  // Each browser has connections of its own, and the system hands them to whichever worker.
  while ((await workerOf(second)) === (await workerOf(first))) {
    await second.page.context().close()
    second = await browser.open({ as: first })
    await second.page.goto(shop.url.href)
  }
  const pieces = ({ page }: TestWindow, count: string): Promise<void> =>
    page.locator('#cart h2').getByText(count).waitFor()
  await pieces(second, '1')
  // The lamp says that the window follows what happens.
  for (const { page } of [first, second]) await page.locator('[data-live="lamp"]').waitFor()
  await second.page.locator('#periscope').getByRole('button').click()
  await pieces(second, '2')
  await pieces(first, '2')
  await first.page.locator('#cart').getByText('Periscope').waitFor()
  expect([...first.errors, ...second.errors]).toEqual([])
})
