import { once } from 'node:events'
import { type IncomingMessage, get } from 'node:http'
import { memoryStore } from '@scopes/core'
import { expect, onTestFinished, test } from 'vitest'
import { type Visit, type WebNode, openWebNode } from './web-node.ts'

/** A browser whose requests go to one node or another. */
class Browser {
  readonly #cookies: Map<string, string>

  constructor(cookies: ReadonlyMap<string, string> = new Map()) {
    this.#cookies = new Map(cookies)
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies
  }

  get header(): string {
    return [...this.#cookies].map(pair => pair.join('=')).join('; ')
  }

  async ask({ url }: WebNode, path: string): Promise<Visit> {
    const method = path === '/read' ? 'GET' : 'POST'
    const response = await fetch(new URL(path, url), { method, headers: { cookie: this.header } })
    if (!response.ok) throw new Error(`${path} was answered by ${response.status}.`)
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return (await response.json()) as Visit
  }
}

/** Two nodes on one store, and a browser with one hit that both have in memory. From now on the feeds are held up. */
async function openWorld(): Promise<{ readonly one: WebNode; readonly two: WebNode; readonly browser: Browser }> {
  const shared = memoryStore()
  const [one, two] = [await openWebNode(shared), await openWebNode(shared)]
  const browser = new Browser()
  await browser.ask(one, '/hit')
  await browser.ask(two, '/read')
  for (const { faults } of [one, two]) faults.stopFeeding()
  return { one, two, browser }
}

/** The same browser with the id alone. */
function withoutStamp({ cookies }: Browser): Browser {
  return new Browser(new Map([['session', cookies.get('session') ?? '']]))
}

test('a visitor reads at the other node what he has just written, though its feed is held up; without the stamp he would not', async () => {
  const { one, two, browser } = await openWorld()
  await browser.ask(one, '/hit')
  expect(await withoutStamp(browser).ask(two, '/read')).toEqual({ hits: 1 })
  expect(await browser.ask(two, '/read')).toEqual({ hits: 2 })
  for (const { faults } of [one, two]) faults.resumeFeeding()
  expect(await browser.ask(two, '/read')).toEqual({ hits: 2 })
})

test('from node to node with each click, no click is missing in any answer', async () => {
  const { one, two, browser } = await openWorld()
  for (let hits = 2; hits < 30; hits += 2) {
    expect(await browser.ask(one, '/hit')).toEqual({ hits })
    expect(await browser.ask(two, '/read')).toEqual({ hits })
    expect(await browser.ask(two, '/hit')).toEqual({ hits: hits + 1 })
    expect(await browser.ask(one, '/read')).toEqual({ hits: hits + 1 })
  }
})

test('a login and a logout at one node are seen at the other one by the next request', async () => {
  const { one, two, browser } = await openWorld()
  await browser.ask(one, '/login')
  expect(await browser.ask(two, '/read')).toEqual({ hits: 1, user: 'Ada' })
  await browser.ask(two, '/logout')
  expect(browser.cookies.size).toBe(0)
  expect(await browser.ask(one, '/read')).toEqual({ hits: 0 })
})

test('cookies of a third party do no harm: garbage is passed over, a foreign stamp asks the store', async () => {
  const { one, two, browser } = await openWorld()
  const earlier = browser.cookies.get('session.stamp') ?? ''
  await browser.ask(one, '/hit')
  for (const planted of [earlier, 'garbage', '%E0%A4%A', '1.2.3', '0123456789abcdef.7.01234567', 'x'.repeat(2000)]) {
    const response = await fetch(new URL('/read', two.url), {
      headers: { cookie: `session.stamp=${planted}; ${browser.header}` },
    })
    expect([response.status, await response.json(), response.headers.getSetCookie()]).toEqual([200, { hits: 2 }, []])
  }
})

test('a stream that comes back to the other node goes on with what the browser has, and shows nothing older', async () => {
  const { one, two, browser } = await openWorld()
  await browser.ask(one, '/hit')
  const stamp = browser.cookies.get('session.stamp') ?? ''
  const cookie = withoutStamp(browser).header
  two.faults.hold()
  const request = get(new URL('/events', two.url), { headers: { cookie, 'last-event-id': stamp } })
  onTestFinished(() => void request.destroy())
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  let told = ''
  response.on('data', (text: string) => (told += text))
  response.on('error', () => {})
  await expect.poll(() => told, { interval: 1 }).toContain('retry')
  // Memory answers here; the stream waits for the store.
  expect(await withoutStamp(browser).ask(two, '/read')).toEqual({ hits: 1 })
  expect(told).not.toContain('data: ')
  two.faults.release()
  await browser.ask(two, '/hit')
  await expect.poll(() => told, { interval: 1 }).toContain('data: ')
  expect([...told.matchAll(/^data: (.*)$/gm)].map(([, data]) => data)).toEqual(['3'])
})
