import { once } from 'node:events'
import { type IncomingMessage, get } from 'node:http'
import { openScopes } from '@scopes/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Visitor } from '../src/load/visitor.ts'
import { OnlinePeople } from '../src/online-people.ts'
import { openTestShop } from './open-shop.ts'

/** What the page shows under a label such as `Your visits`. */
function fact(page: string, label: string): string | undefined {
  return new RegExp(`<dt>${label}</dt>\\s*<dd[^>]*>([^<]*)</dd>`).exec(page)?.[1]
}

/** Pieces of the articles in the cart, as the page shows them. */
function pieces(page: string): string[] {
  return [...page.matchAll(/class="pieces">(\d+)</g)].map(match => match[1] ?? '')
}

test('buttons of the cart add, take away and remove, and lead back to where they were pressed', async () => {
  const { url } = await openTestShop()
  const visitor = new Visitor(url)
  const added = await visitor.post('/cart/telescope/more', { from: 'articles' })
  expect(added).toMatchObject({ status: 303, location: '/#telescope' })
  expect(await visitor.post('/cart/telescope/more')).toMatchObject({ status: 303, location: '/#cart' })
  await visitor.post('/cart/periscope/more')
  const { body } = await visitor.get('/')
  expect(pieces(body)).toEqual(['2', '1'])
  expect(body).toContain('€412.50')

  await visitor.post('/cart/telescope/less')
  await visitor.post('/cart/periscope/less')
  expect(pieces((await visitor.get('/')).body)).toEqual(['1'])
  await visitor.post('/cart/telescope/remove')
  expect((await visitor.get('/')).body).toContain('Nothing in it yet.')
})

test('of ten pressed buttons at once, ten count', async () => {
  const { url } = await openTestShop()
  const visitor = new Visitor(url)
  await visitor.get('/')
  await Promise.all(Array.from({ length: 10 }, () => visitor.post('/cart/telescope/more')))
  expect(pieces((await visitor.get('/')).body)).toEqual(['10'])
})

test('a login gives the session another id and keeps the cart; the old id is worth nothing', async () => {
  const { url } = await openTestShop()
  const visitor = new Visitor(url)
  await visitor.post('/cart/telescope/more')
  const thief = new Visitor(url, visitor.cookies)
  await visitor.post('/login', { name: 'Ada <3' })
  expect(visitor.cookies.get('session')).not.toBe(thief.cookies.get('session'))
  const { body } = await visitor.get('/')
  expect(body).toContain('Ada &lt;3')
  expect(pieces(body)).toEqual(['1'])
  expect(JSON.parse((await thief.get('/state')).body)).toMatchObject({ isStored: false })
})

test('signing out everywhere ends every session of the name, in whatever browser, and of no other name', async () => {
  const { url } = await openTestShop()
  const browsers = [new Visitor(url), new Visitor(url), new Visitor(url)]
  for (const browser of browsers) await browser.post('/login', { name: 'Ada' })
  const other = new Visitor(url)
  await other.post('/login', { name: 'Ben' })
  const [first] = browsers
  const answer = await first?.post('/logout-everywhere')
  expect(answer).toMatchObject({ status: 303, location: '/?signed-out=everywhere' })
  expect(first?.cookies.has('session')).toBe(false)
  const page = await first?.get('/?signed-out=everywhere')
  expect(page?.body).toMatch(/<p class="notice" role="status" data-live="signed-out" >/)
  expect((await other.get('/')).body).toMatch(/data-live="signed-out" hidden>/)
  for (const browser of browsers) expect((await browser.get('/')).body).not.toContain('Ada')
  expect((await other.get('/')).body).toContain('Ben')
})

test('signing out everywhere without a login ends the own session', async () => {
  const { url } = await openTestShop()
  const visitor = new Visitor(url)
  await visitor.post('/cart/telescope/more')
  expect(await visitor.post('/logout-everywhere')).toMatchObject({ status: 303 })
  expect(pieces((await visitor.get('/')).body)).toEqual([])
})

test('a logout ends the session and its cart; the browser is still known', async () => {
  const { url } = await openTestShop()
  const visitor = new Visitor(url)
  expect(fact((await visitor.get('/')).body, 'Your visits')).toBe('1')
  await visitor.post('/cart/telescope/more')
  await visitor.post('/login', { name: 'Ada' })
  expect(fact((await visitor.get('/')).body, 'Your visits')).toBe('1')
  expect(await visitor.post('/logout')).toMatchObject({ status: 303, location: '/' })
  expect(visitor.cookies.has('session')).toBe(false)
  const { body } = await visitor.get('/')
  expect(fact(body, 'Your visits')).toBe('2')
  expect(pieces(body)).toEqual([])
})

test('people online are counted by session: a login is not another one, a logout is one less', async () => {
  const { url } = await openTestShop()
  const [ada, bob] = [new Visitor(url), new Visitor(url)]
  await ada.get('/')
  expect(fact((await bob.get('/')).body, 'People online')).toBe('2')
  await ada.post('/login', { name: 'Ada' })
  await ada.get('/')
  expect(fact((await bob.get('/')).body, 'People online')).toBe('2')
  await ada.post('/logout')
  expect(fact((await bob.get('/')).body, 'People online')).toBe('1')
})

test('changes are told live, with version and process and without any id', async () => {
  const { url } = await openTestShop()
  const visitor = new Visitor(url)
  await visitor.get('/')
  const request = get(new URL('/live', url))
  onTestFinished(() => void request.destroy())
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  expect(response.headers['content-type']).toBe('text/event-stream')
  let told = ''
  response.setEncoding('utf8').on('data', (text: string) => (told += text))
  await visitor.post('/cart/telescope/more')
  await expect.poll(() => told).toMatch(/session<[^]*updated<[^]*version 2, by worker 1/)
  expect(told).toMatch(/event: online\ndata: 1\n/)
  const { body } = await visitor.get('/')
  for (const id of visitor.cookies.values()) {
    expect(told).not.toContain(id)
    expect(body).not.toContain(id)
  }
})

test('a cart is told live to every window of its visitor, and a logout too; a visitor without a session is told to go', async () => {
  const { url } = await openTestShop()
  const visitor = new Visitor(url)
  expect((await visitor.get('/live/cart')).status).toBe(204)
  await visitor.get('/')
  const cookie = [...visitor.cookies].map(pair => pair.join('=')).join('; ')
  const request = get(new URL('/live/cart', url), { headers: { cookie } })
  onTestFinished(() => void request.destroy())
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let told = ''
  response.setEncoding('utf8').on('data', (text: string) => (told += text))
  await visitor.post('/cart/telescope/more')
  await expect.poll(() => told).toMatch(/"pieces":1,"cart":"<section/)
  await visitor.post('/logout')
  await expect.poll(() => told).toContain('event: ended')
})

test('while the store does not answer, pages and buttons are answered by 503, and afterwards the session is there', async () => {
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => errors.mockRestore())
  const { url, store } = await openTestShop()
  const visitor = new Visitor(url)
  await visitor.post('/cart/telescope/more')
  const { cookies } = visitor
  const before = new Map(cookies)
  store.faults.failing(true)
  const page = await visitor.get('/', { accept: 'text/html' })
  expect(page.status).toBe(503)
  expect(page.body).toContain('Closed for a moment')
  const button = await visitor.post('/cart/telescope/more', {}, { accept: 'text/html' })
  expect(button.status).toBe(503)
  expect(button.body).toContain('Closed for a moment')
  expect((await new Visitor(url).post('/cart/telescope/more')).status).toBe(503)
  expect(JSON.parse((await visitor.post('/increment')).body)).toEqual({ status: 503, code: 'store-unavailable' })
  expect(visitor.cookies).toEqual(before)
  expect(errors).toHaveBeenCalled()
  store.faults.failing(false)
  expect(pieces((await visitor.get('/')).body)).toEqual(['1'])
})

test('what cannot be answered gets a page that says why', async () => {
  const { url } = await openTestShop()
  const visitor = new Visitor(url)
  const accept = 'text/html'
  expect(await visitor.get('/nothing', { accept })).toMatchObject({ status: 404 })
  expect(await visitor.post('/cart/horoscope/more', {}, { accept })).toMatchObject({ status: 404 })
  expect(await visitor.post('/login', { name: ' ' }, { accept })).toMatchObject({ status: 400 })
  expect(await visitor.post('/own-key', { client: 'constructor' }, { accept })).toMatchObject({ status: 400 })
  expect(visitor.cookies.size).toBe(0)
})

test('a button of a window that was logged out elsewhere does not bring the session back', async () => {
  const { url } = await openTestShop()
  const visitor = new Visitor(url)
  await visitor.post('/login', { name: 'Ada' })
  const otherWindow = new Visitor(url, visitor.cookies)
  await visitor.post('/logout')
  await otherWindow.post('/cart/telescope/more')
  expect(otherWindow.cookies.get('session')).toBeDefined()
  const { body } = await otherWindow.get('/')
  expect(body).not.toContain('Ada')
})

test('on a store without a feed the shop sells, shows no live list, and sends browsers that ask for one away for good', async () => {
  const { url, store } = await openTestShop({ isLive: false })
  const visitor = new Visitor(url)
  await visitor.post('/cart/telescope/more')
  const { body } = await visitor.get('/')
  expect(pieces(body)).toEqual(['1'])
  expect(body).not.toContain('data-live="changes"')
  expect(fact(body, 'People online')).toBe('1')
  expect((await visitor.get('/live')).status).toBe(204)
  expect((await visitor.get('/live/cart')).status).toBe(204)

  // Another process sees somebody. This one cannot hear of it, and asks.
  const other = await OnlinePeople.open(await openScopes({ application: 'shop', store }))
  await other.see('somebody')
  expect(fact((await visitor.get('/')).body, 'People online')).toBe('2')
})

test('the inspector shows the scopes to who sits at this machine, and to nobody else', async () => {
  const { url } = await openTestShop()
  const visitor = new Visitor(url)
  await visitor.post('/cart/telescope/more')
  const page = await fetch(new URL('/inspector/', url))
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const listed = await fetch(new URL('/inspector/api/scopes?kind=session', url))
  expect(await listed.json()).toMatchObject({ total: 1, rows: [{ preview: expect.stringContaining('telescope: 1') }] })
  const proxied = await fetch(new URL('/inspector/api/scopes', url), { headers: { 'x-forwarded-for': '203.0.113.9' } })
  expect(proxied.status).toBe(403)
})
