import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { ScopeTooLargeError } from '@scopes/core'
import type { Cookie } from '@scopes/http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CookieClient } from '../../src/cookie/cookie-client.ts'
import { CookieStorage, type CookieStorageOptions } from '../../src/cookie/cookie-storage.ts'

type State = Record<string, unknown>

const day = 86_400_000
const attributes: Cookie = {
  name: 'CF_CLIENT_shop',
  path: '/',
  domain: undefined,
  secure: 'auto',
  sameSite: 'lax',
  httpOnly: true,
  partitioned: false,
  maxAge: 'browser',
  keys: undefined,
}

/** A browser with one cookie, and an application that keeps its client scope there. */
class Visitor {
  cookie: string | undefined
  /** What the answer set, attributes and all. */
  lines: readonly string[] = []
  time = Date.UTC(2026, 0, 1)
  readonly #options: Partial<CookieStorageOptions<State>>

  constructor(options: Partial<CookieStorageOptions<State>> = {}) {
    this.#options = options
  }

  request(work: (client: CookieClient<State>) => void, options: Partial<CookieStorageOptions<State>> = {}): void {
    let ids = 0
    const storage = new CookieStorage<State>({
      application: 'shop',
      cookie: attributes,
      keys: ['the first secret of them'],
      timeoutMs: 90 * day,
      initial: () => ({}),
      isEmpty: state => Object.keys(state).length === 0,
      newId: () => `id-${ids++}`,
      now: () => this.time,
      ...this.#options,
      ...options,
    })
    const client = new CookieClient(storage, { header: this.cookie, isSecure: () => true, isOpen: () => true })
    work(client)
    client.beforeHeaders()
    this.answer(client)
  }

  answer(client: CookieClient<State>): void {
    this.lines = client.setCookies()
    for (const line of this.lines) this.cookie = line.slice(0, line.indexOf(';'))
  }
}

/** The reasons for which cookies were refused meanwhile. */
function refusals(): readonly unknown[] {
  const reasons: unknown[] = []
  const hear = (message: unknown): void => void reasons.push((message as { readonly reason: string }).reason)
  subscribe('scopes:cfml-cookie-refused', hear)
  onTestFinished(() => void unsubscribe('scopes:cfml-cookie-refused', hear))
  return reasons
}

test('what one request keeps the next one has, with the same id', () => {
  const visitor = new Visitor()
  let id = ''
  visitor.request(client => {
    expect(client.isNew).toBe(true)
    client.draft['theme'] = 'dark'
    client.draft['seen'] = new Set([1])
    expect(client.isDirty).toBe(true)
    id = client.id
  })
  expect(visitor.lines[0]).toMatch(
    /^CF_CLIENT_shop=[A-Za-z0-9_-]+; Max-Age=7776000; Path=\/; HttpOnly; Secure; SameSite=Lax$/u,
  )
  visitor.request(client => {
    expect(client.isNew).toBe(false)
    expect(client.id).toBe(id)
    expect(client.value).toEqual({ theme: 'dark', seen: new Set([1]) })
  })
})

test('a request that changes nothing sends no cookie, also when it changed and changed back', () => {
  const visitor = new Visitor()
  visitor.request(client => void client.value)
  expect(visitor.lines).toEqual([])
  visitor.request(client => void (client.draft['a'] = 1))
  visitor.request(client => {
    client.draft['a'] = 2
    client.draft['a'] = 1
  })
  expect(visitor.lines).toEqual([])
})

test('what became empty is forgotten by the browser; what was never kept needs no cookie', () => {
  const visitor = new Visitor()
  visitor.request(client => {
    client.draft['a'] = 1
    delete client.draft['a']
  })
  expect(visitor.lines).toEqual([])
  visitor.request(client => void (client.draft['a'] = 1))
  visitor.request(client => void delete client.draft['a'])
  expect(visitor.lines[0]).toContain('Max-Age=0')
})

test('a rotation keeps the values under another id', () => {
  const visitor = new Visitor()
  const ids: string[] = []
  const work = (client: CookieClient<State>): void => void ids.push(client.id)
  visitor.request(client => void (client.draft['a'] = 1))
  visitor.request(work)
  visitor.request(
    client => {
      client.rotate()
      work(client)
    },
    { newId: () => 'another' },
  )
  expect(visitor.lines).toHaveLength(1)
  visitor.request(client => {
    work(client)
    expect(client.value).toEqual({ a: 1 })
  })
  expect(ids).toEqual(['id-0', 'another', 'another'])
})

describe('the head', () => {
  test('a change after it is refused, in the draft and in what was taken from it', () => {
    const visitor = new Visitor()
    visitor.request(client => void (client.draft['cart'] = { items: [1] }))
    let cart = {} as { items: number[] }
    let late: CookieClient<State> | undefined
    visitor.request(client => {
      cart = client.draft['cart'] as typeof cart
      late = client
    })
    expect(() => late?.draft).toThrow(expect.objectContaining({ code: 'headers-sent' }))
    expect(() => cart.items.push(2)).toThrow(TypeError)
    expect(late?.value).toEqual({ cart: { items: [1] } })
  })

  test('an answer that gave up its changes tells nothing', () => {
    const visitor = new Visitor()
    visitor.request(client => {
      client.draft['a'] = 1
      client.beforeHeaders()
      client.drop()
    })
    expect(visitor.lines).toEqual([])
  })
})

describe('the size', () => {
  test('a state that fits exactly is kept, one byte more is refused before the head, and says what is biggest', () => {
    const visitor = new Visitor()
    const keep = (length: number): void =>
      visitor.request(client => {
        client.draft['small'] = 1
        client.draft['text'] = 'x'.repeat(length)
      })
    let [length, characters] = [2850, 0]
    const grow = (): void => {
      for (;;) {
        keep(length++)
        characters = visitor.cookie?.replace('=', '').length ?? 0
      }
    }
    expect(grow).toThrow(
      expect.objectContaining({
        code: 'too-large',
        bytes: 4001,
        limit: 4000,
        biggest: [expect.objectContaining({ path: ['text'] }), expect.objectContaining({ path: ['small'] })],
      }),
    )
    expect(characters).toBe(4000)
  })

  test('after the refusal the visitor has what he had', () => {
    const visitor = new Visitor()
    visitor.request(client => void (client.draft['a'] = 1))
    expect(() => visitor.request(client => void (client.draft['b'] = 'x'.repeat(4000)))).toThrow(ScopeTooLargeError)
    visitor.request(client => expect(client.value).toEqual({ a: 1 }))
  })
})

describe('time', () => {
  test('a cookie is over when the visitor stayed away, whatever the browser does', () => {
    const reasons = refusals()
    const visitor = new Visitor()
    visitor.request(client => void (client.draft['a'] = 1))
    visitor.time += 90 * day - 1
    const { cookie } = visitor
    visitor.request(client => expect(client.value).toEqual({ a: 1 }))
    visitor.cookie = cookie
    visitor.time += 1
    visitor.request(client => expect(client.isNew).toBe(true))
    expect(reasons).toEqual(['expired'])
  })

  test('a visitor who comes again and again keeps it, and is told only when a tenth of the time has passed', () => {
    const visitor = new Visitor()
    visitor.request(client => void (client.draft['a'] = 1))
    let told = 0
    for (let days = 0; days < 180; days++) {
      visitor.time += day
      visitor.request(client => expect(client.value).toEqual({ a: 1 }))
      told += visitor.lines.length
    }
    expect(told).toBe(18)
  })
})

describe('keys', () => {
  const [old, fresh] = ['the old secret of them', 'the new secret of them']

  test('a cookie of an old key is opened, and written anew with the first one', () => {
    const visitor = new Visitor()
    visitor.request(client => void (client.draft['a'] = 1), { keys: [old] })
    visitor.request(client => expect(client.value).toEqual({ a: 1 }), { keys: [fresh, old] })
    expect(visitor.lines).toHaveLength(1)
    visitor.request(client => expect(client.value).toEqual({ a: 1 }), { keys: [fresh] })
    expect(visitor.lines).toEqual([])
  })

  test.each([[[]], [['short']], [['the old secret of them', 'short']], ['the old secret of them']])(
    'no keys: %j',
    keys => {
      const request = (): void => new Visitor().request(() => undefined, { keys: keys as string[] })
      expect(request).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    },
  )
})

describe('what somebody else has made counts as none, is told, and fails nothing', () => {
  const change = (client: CookieClient<State>): void => void (client.draft['a'] = 1)

  test.each<[string, string, (visitor: Visitor) => void]>([
    ['cut', 'malformed', visitor => (visitor.cookie = visitor.cookie?.slice(0, 40))],
    [
      'changed',
      'forged',
      visitor => (visitor.cookie = visitor.cookie?.replace(/.$/u, end => (end === 'A' ? 'Q' : 'A'))),
    ],
    ['no seal', 'malformed', visitor => (visitor.cookie = 'CF_CLIENT_shop=%7B%22admin%22%3Atrue%7D')],
    ['of another key', 'unknown-key', visitor => visitor.request(change, { keys: ['somebody else knows it'] })],
    ['of another application', 'forged', visitor => visitor.request(change, { application: 'blog' })],
    [
      'of another name',
      'forged',
      visitor => {
        visitor.request(change, { cookie: { ...attributes, name: 'CF_SESSION_shop' } })
        visitor.cookie = visitor.cookie?.replace('CF_SESSION_shop', 'CF_CLIENT_shop')
      },
    ],
  ])('%s', (_, reason, spoil) => {
    const visitor = new Visitor()
    visitor.request(change)
    spoil(visitor)
    const reasons = refusals()
    visitor.request(client => {
      expect(client.isNew).toBe(true)
      expect(client.value).toEqual({})
    })
    expect(reasons).toEqual([reason])
    expect(visitor.lines).toEqual([])
  })

  test('one that opens beside one that does not is taken', () => {
    const visitor = new Visitor()
    visitor.request(change)
    visitor.cookie = `CF_CLIENT_shop=planted; ${visitor.cookie ?? ''}`
    visitor.request(client => expect(client.value).toEqual({ a: 1 }))
  })
})

test('what no scope can hold is refused by its path before the head', () => {
  const visitor = new Visitor()
  const request = (): void => visitor.request(client => void (client.draft['cart'] = { total: () => 1 }))
  expect(request).toThrow(expect.objectContaining({ code: 'invalid-state', path: ['cart', 'total'] }))
})
