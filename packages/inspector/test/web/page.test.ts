import { memoryStore } from '@scopes/core'
import { faultStore } from '@scopes/testing'
import { TestBrowser, browserTest } from '@scopes/test-programs/browser'
import { describe, expect } from 'vitest'
import { places } from '../each-place.ts'
import { Session, openInspector } from './open-inspector.ts'

const browser = new TestBrowser()

describe('the page in a browser', () => {
  browserTest('shows all scopes, and what happens while somebody looks', async () => {
    const { url, scopes } = await openInspector()
    const session = await scopes.open(Session, 'visitor-1', { request: 'POST /cart' })
    await session.update(draft => void draft.hits++)
    const { page, errors } = await browser.open()
    await page.goto(url)
    const row = page.getByRole('option', { name: 'visitor-1' })
    await row.getByText('v1 ·').waitFor()
    await row.getByText('hits: 1').waitFor()
    await page.getByText('live', { exact: true }).waitFor()
    await page.getByText('1 living scope, 0 ended').waitFor()

    await session.update(draft => void draft.hits++)
    await (await scopes.open(Session, 'visitor-2')).update(draft => void (draft.last = '<b>bold</b>'))
    await row.getByText('v2 ·').waitFor()
    await row.getByText('hits: 2').waitFor()
    await page.getByRole('option', { name: '<b>bold</b>' }).waitFor()
    const activity = page.getByRole('region', { name: 'Activity' })
    await activity.getByRole('listitem').filter({ hasText: 'visitor-1' }).getByText('POST /cart').waitFor()
    await activity.getByText('created').waitFor()
    // A page that is left open says how long ago it is by now.
    await page.clock.setFixedTime(Date.now() + 86_400_000)
    await row.getByText('24 h ago').waitFor()
    expect(errors).toEqual([])
  })

  browserTest(
    'shows one scope: its commits, what they changed, and its state at each version, by the keyboard alone',
    async () => {
      const { url, scopes } = await openInspector()
      const session = await scopes.open(Session, 'visitor-1')
      await session.update(draft => void (draft.last = 'articles'))
      await session.update(draft => void (draft.last = 'cart'))
      const { page, errors } = await browser.open()
      await page.goto(url)
      await page.getByRole('option', { name: 'visitor-1' }).waitFor()
      await page.keyboard.press('/')
      await page.keyboard.type('VISITOR')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      const scope = page.getByRole('region', { name: 'One scope' })
      await scope.getByText('State at version 2').waitFor()
      expect(await scope.getByRole('list', { name: 'Commits' }).locator('li.is-chosen .patches').innerText()).toBe(
        'last "articles" "cart"',
      )
      expect(await scope.locator('.tree .is-changed').innerText()).toBe('last "cart" "articles"')

      await scope.getByRole('slider').focus()
      await page.keyboard.press('ArrowLeft')
      await scope.getByText('State at version 1').waitFor()
      await scope.locator('.tree').getByText('"articles"').waitFor()
      // It stays there while the scope goes on.
      await session.update(draft => void draft.hits++)
      await scope.getByText('v3', { exact: true }).waitFor()
      expect(await scope.locator('.tree').innerText()).toContain('"articles"')
      await scope.getByText('to the newest').click()
      await scope.getByText('State at version 3').waitFor()
      expect(errors).toEqual([])
    },
  )

  browserTest('shows what cannot be decoded, what has ended, and what is not there', async () => {
    const { url, scopes, store } = await openInspector()
    await store.insert('session:shop:damaged', Buffer.from('no scope at all'))
    await store.insert('session:shop:\u001Bodd\u202E', Buffer.from('no scope at all'))
    const ended = await scopes.open(Session, 'ended')
    await ended.update(draft => void draft.hits++)
    await ended.end('logout')
    const { page, errors } = await browser.open()
    await page.goto(url)
    await page.getByRole('option', { name: 'damaged' }).click()
    const scope = page.getByRole('region', { name: 'One scope' })
    await scope.getByText('cannot be decoded').waitFor()
    await page.getByRole('option', { name: '\\u001bodd\\u202e' }).click()
    await scope.getByRole('heading', { name: '\\u001bodd\\u202e' }).waitFor()
    await page.getByRole('option', { name: 'ended: logout' }).click()
    await scope.getByText('Because').waitFor()
    await page.getByRole('searchbox').fill('session:shop:nobody')
    await page.keyboard.press('Enter')
    await scope.getByText('Nothing is stored under this key').waitFor()
    expect(errors).toEqual([])
  })

  browserTest('says why no changes arrive, and opens a scope all the same', async () => {
    const store = faultStore(memoryStore(), { seed: 1 })
    const { url, scopes } = await openInspector({ store })
    await (await scopes.open(Session, 'visitor-1')).update(draft => void draft.hits++)
    // It tries again and again.
    for (let fault = 0; fault < 500; fault++) store.faults.nextMessage({ fault: 'fail' })
    const { page, errors } = await browser.open()
    await page.goto(url)
    await page.getByRole('alert').getByText('no changes arrive').waitFor()
    await page.getByRole('searchbox').fill('session:shop:visitor-1')
    await page.keyboard.press('Enter')
    await page.getByText('State at version 1').waitFor()
    expect(errors).toEqual([])
  })

  browserTest('shows what merges decided, by which policy', async () => {
    const { url, scopes } = await openInspector()
    const { page, errors } = await browser.open()
    await page.goto(`${url}#/conflicts`)
    await page.getByText('Made by worker-1').waitFor()
    const session = await scopes.open(Session, 'visitor-1')
    await session.update(draft => void draft.hits++)
    const drafts = [session.draft(), session.draft()]
    for (const work of drafts) work.value.hits++
    for (const work of drafts) await work.commit()
    const decision = page.getByRole('list', { name: 'Decisions' }).getByRole('listitem')
    await decision.getByText('counter').waitFor()
    expect(await decision.innerText()).toMatch(/hits.*both count[\s\S]*Both began with\s+1\s[\s\S]*Now it is\s+3/)
    await page.getByRole('list', { name: 'Merged commits' }).getByText('from v1').waitFor()
    expect(errors).toEqual([])
  })

  browserTest(
    'shows a store on Couchbase: its list while it changes, a timeline, and how the feed is doing',
    async () => {
      const place = await places.couchbase()
      const { url, scopes } = await openInspector({ store: await place.open() })
      const sessions = await Promise.all(['a', 'b', 'c'].map(id => scopes.open(Session, id)))
      for (const session of sessions) await session.update(draft => void draft.hits++)
      const { page, errors } = await browser.open()
      await page.goto(url)
      await page.getByText('3 scopes', { exact: true }).waitFor()
      await page.getByText('live', { exact: true }).waitFor()
      const row = page.getByRole('option', { name: 'session b' })
      await row.click()
      const scope = page.getByRole('region', { name: 'One scope' })
      await scope.getByText('State at version 1').waitFor()
      await sessions[1]?.update(draft => void (draft.last = 'cart'))
      await row.getByText('hits: 1, cart: [], last: "cart"').waitFor()
      await scope.getByText('State at version 2').waitFor()
      expect(await scope.getByRole('list', { name: 'Commits' }).innerText()).toMatch(
        /v2[^]*by worker-1[^]*v1\s*created/,
      )
      await page.getByRole('link', { name: 'Process' }).click()
      const process = page.getByRole('region', { name: 'Process' })
      await process.getByText('live: whatever is committed anywhere arrives').waitFor()
      await process.getByText('until it was seen').waitFor()
      expect(errors).toEqual([])
    },
  )

  browserTest('stays small however many scopes there are', async () => {
    const store = memoryStore()
    const { url, scopes } = await openInspector({ store })
    await (await scopes.open(Session, 'first')).update(draft => void draft.hits++)
    const { bytes } = (await store.load('session:shop:first')) ?? { bytes: new Uint8Array() }
    for (let index = 0; index < 20_000; index++) await store.insert(`session:shop:visitor-${index}`, bytes)
    const { page, errors } = await browser.open()
    await page.goto(url)
    await page.getByText('20,001 scopes', { exact: true }).waitFor()
    await page.getByRole('listbox').focus()
    await page.keyboard.press('End')
    await page.getByRole('option', { name: 'session first' }).waitFor()
    expect(await page.getByRole('option').count()).toBeLessThan(60)
    await page.keyboard.press('Home')
    await page.getByRole('option', { name: 'visitor-19999' }).waitFor()
    expect(errors).toEqual([])
  })

  browserTest('shows the list or what was chosen in it where there is no room for both', async () => {
    const { url, scopes } = await openInspector()
    await (await scopes.open(Session, 'visitor-1')).update(draft => void draft.hits++)
    const { page, errors } = await browser.open()
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(url)
    const row = page.getByRole('option', { name: 'visitor-1' })
    await row.click()
    await page.getByText('State at version 1').waitFor()
    expect(await row.isVisible()).toBe(false)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    await page.getByText('← All scopes').click()
    await row.waitFor()
    expect(errors).toEqual([])
  })

  browserTest('asks for the token, takes it out of the address, and keeps it', async () => {
    const token = 'a-token-of-some-length'
    const { url, scopes } = await openInspector({ token })
    await (await scopes.open(Session, 'visitor-1')).update(draft => void draft.hits++)
    const { page } = await browser.open()
    await page.goto(url)
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Look' }).click()
    await page.getByRole('option', { name: 'visitor-1' }).waitFor()
    expect(page.url()).toBe(url)
    await page.reload()
    await page.getByRole('option', { name: 'visitor-1' }).waitFor()
  })
})
