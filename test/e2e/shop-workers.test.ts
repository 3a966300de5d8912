import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingMessage, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LoadClient } from '@scopes/example-shop/load-client'
import { startShop } from '@scopes/example-shop/start-shop'
import { Visitor } from '@scopes/example-shop/visitor'
import { beforeAll, describe, expect, test } from 'vitest'
import { openShop, shopProgram, stateOf, statesOf } from './open-shop.ts'
import { temporaryDirectory } from './temporary-directory.ts'

describe('two workers', { timeout: 120_000 }, () => {
  let url: URL

  beforeAll(async () => {
    const data = await mkdtemp(join(tmpdir(), 'scopes-e2e-'))
    const shop = await startShop({ program: shopProgram, data, isGroup: true })
    url = shop.url
    return async () => {
      await shop.killAll()
      await rm(data, { recursive: true, force: true })
    }
  }, 120_000)

  test('they have one cart: what one of them stored, the other one shows at once', async () => {
    const visitor = new Visitor(url)
    const answeredBy = new Set<string | undefined>()
    // Which worker takes a connection is the system's choice; 99 pieces are the most.
    for (let pieces = 1; pieces <= 10 || (answeredBy.size < 2 && pieces <= 99); pieces++) {
      answeredBy.add((await visitor.post('/cart/telescope/more')).answeredBy)
      const { body, answeredBy: shownBy } = await visitor.get('/')
      expect(body).toContain(`class="pieces">${pieces}<`)
      answeredBy.add(shownBy)
    }
    expect(answeredBy.size).toBe(2)
    await visitor.post('/cart/telescope/remove')
    expect((await visitor.get('/')).body).toContain('Nothing in it yet.')
  })

  test('each of them tells its watchers what the other one stored', async () => {
    const visitor = new Visitor(url)
    await visitor.get('/')
    const told = await watchAtBoth(url)
    const process = (await visitor.post('/cart/telescope/more')).answeredBy
    const worker = process?.split('-')[1]
    for (const watcher of told) {
      await expect.poll(() => watcher.text, { timeout: 10_000 }).toContain(`version 2, by worker ${worker}`)
      expect(watcher.text).not.toContain(visitor.cookies.get('session'))
    }
  })

  test('two windows of a visitor show the same cart at once, whichever worker each of them has', async () => {
    const visitor = new Visitor(url)
    await visitor.get('/')
    const windows = await watchAtBoth(url, '/live/cart', visitor)
    for (let pieces = 1; pieces <= 3; pieces++) {
      await visitor.post('/cart/telescope/more')
      for (const window of windows) {
        await expect.poll(() => window.text, { timeout: 10_000 }).toContain(`"pieces":${pieces},`)
      }
    }
    await visitor.post('/logout')
    for (const window of windows) await window.ended
    expect(windows.every(({ text }) => text.includes('event: ended'))).toBe(true)
  })

  test('a login at one of them is a logout of the old id at both', async () => {
    const visitor = new Visitor(url)
    await visitor.post('/increment')
    const old = new Visitor(url, visitor.cookies)
    await visitor.post('/login', { name: 'Ada' })
    for (const state of (await statesOf(visitor)).values()) expect(state).toMatchObject({ hits: 1, user: 'Ada' })
    for (let request = 0; request < 4; request++) expect((await old.post('/increment')).status).toBe(409)
    // Nothing is written under the old id from the login on. What memory still shows of it goes when the feed tells.
    const shown = async (): Promise<unknown> =>
      [...(await statesOf(old)).values()].map(({ isStored, hits }) => ({ isStored, hits }))
    const nothing = { isStored: false, hits: 0 }
    await expect.poll(shown, { timeout: 10_000, interval: 5 }).toEqual([nothing, nothing])
  })

  test('signing out everywhere is shown at once in the windows of two browsers on two workers', async () => {
    const browsers = [new Visitor(url), new Visitor(url)]
    const windows: Watcher[] = []
    for (const browser of browsers) {
      await browser.post('/login', { name: 'Grace' })
      windows.push(...(await watchAtBoth(url, '/live/cart', browser)))
    }
    const other = new Visitor(url)
    await other.post('/login', { name: 'Not Grace' })
    await browsers[0]?.post('/logout-everywhere')
    for (const window of windows) await window.ended
    const told = windows.map(({ text }) => text.includes('event: ended\ndata: {"reason":"ended","isEverywhere":true}'))
    expect(told).toEqual(windows.map(() => true))
    for (const browser of browsers) expect((await browser.post('/increment')).status).toBe(200)
    for (const browser of browsers)
      for (const { user } of (await statesOf(browser)).values()) expect(user).toBeUndefined()
    for (const { user } of (await statesOf(other)).values()) expect(user).toBe('Not Grace')
  })

  test('a clean stop answers what was begun, lets watchers go, ends with 0, and keeps what was stored', async () => {
    const data = await temporaryDirectory()
    const shop = await openShop(data)
    const visitor = new Visitor(shop.url)
    await visitor.post('/increment')
    const watcher = await watch(shop.url)
    const window = await watch(shop.url, '/live/cart', visitor)
    const client = new LoadClient(shop.url)
    const cookie = `session=${visitor.cookies.get('session')}`
    const finish = await client.askSlowly({ path: '/slow-note', cookie }, 'begun before the stop')
    const stopped = shop.stop('SIGINT')
    // The watcher is let go when the shop has begun to stop: the request is under way then.
    await Promise.all([watcher.ended, window.ended])
    expect((await finish()).status).toBe(204)
    expect(await stopped).toBe(0)
    client.close()

    const again = await openShop(data)
    const later = new Visitor(again.url, visitor.cookies)
    expect(await stateOf(later)).toMatchObject({ hits: 1, note: 'begun before the stop' })
    expect(await again.stop('SIGTERM')).toBe(0)
  })
})

interface Watcher {
  readonly answeredBy: string | undefined
  /** Everything that it was told. */
  readonly text: string
  readonly ended: Promise<void>
}

/** Watchers, of which each of the two workers has at least one. */
async function watchAtBoth(url: URL, path?: string, visitor?: Visitor): Promise<readonly Watcher[]> {
  const watchers: Watcher[] = []
  const workers = async (): Promise<number> => {
    watchers.push(await watch(url, path, visitor))
    return new Set(watchers.map(({ answeredBy }) => answeredBy)).size
  }
  await expect.poll(workers, { timeout: 30_000, interval: 5 }).toBe(2)
  return watchers
}

/** Follows what the shop tells until that ends. */
async function watch(
  url: URL,
  path = '/live',
  { cookies }: Pick<Visitor, 'cookies'> = new Visitor(url),
): Promise<Watcher> {
  const cookie = [...cookies].map(pair => pair.join('=')).join('; ')
  const request = get(new URL(path, url), { headers: { cookie } })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const ended = new Promise<void>(resolve => response.once('close', () => resolve()))
  let text = ''
  // A shop that is killed at the end of the test cuts the connection.
  response.setEncoding('utf8').on('error', () => {})
  response.on('data', (part: string) => (text += part))
  return {
    answeredBy: response.headers['x-answered-by']?.toString(),
    ended,
    get text() {
      return text
    },
  }
}
