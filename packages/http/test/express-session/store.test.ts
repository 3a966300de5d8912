import { type Scopes, counter, defineScope, memoryStore, openScopes } from '@scopes/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ScopesStore, type ScopesStoreOptions } from '../../src/express-session.ts'
import { httpDiagnostics } from '../../src/index.ts'
import { ObservedStore } from '../behaviour/observed-store.ts'
import { published } from '../published.ts'

type Plain = Record<string, unknown>

let offsetMs = 0
let store: ObservedStore
let scopes: Scopes
const now = (): number => Date.now() + offsetMs

beforeEach(async () => {
  offsetMs = 0
  const clock = {
    now,
    monotonic: () => performance.now() + offsetMs,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>(resolve => {
        const timer = setTimeout(resolve, 1)
        signal?.addEventListener('abort', () => {
          clearTimeout(timer)
          resolve()
        })
      }),
  }
  store = new ObservedStore(memoryStore({ clock }))
  scopes = await openScopes({ application: 'shop', store, clock, commitTimeoutMs: 2000 })
})

afterEach(() => scopes.close())

/** The store with its callbacks as promises. */
function promised(options: ScopesStoreOptions = {}) {
  const sessions = new ScopesStore(scopes, { now, ...options })
  const settled = <T>(call: (callback: (error?: unknown, result?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      call((error, result) => (error ? reject(error) : resolve(result as T)))
    })
  return {
    get: (sid: string) => settled<Plain | null>(done => sessions.get(sid, done as never)),
    set: (sid: string, session: Plain) => settled<void>(done => sessions.set(sid, session as never, done)),
    touch: (sid: string, session: Plain) => settled<void>(done => sessions.touch(sid, session as never, done)),
    destroy: (sid: string) => settled<void>(done => sessions.destroy(sid, done)),
    all: () => settled<Record<string, Plain>>(done => sessions.all(done as never)),
    length: () => settled<number>(done => sessions.length(done)),
    clear: () => settled<void>(done => sessions.clear(done)),
  }
}

/** What express-session's Cookie becomes in JSON. */
function cookieOf(maxAgeMs: number | null): Plain {
  const expires = maxAgeMs === null ? null : new Date(now() + maxAgeMs).toISOString()
  return { originalMaxAge: maxAgeMs, expires, httpOnly: true, path: '/' }
}

describe('what express-session asks of a store', () => {
  test('what is set is got, whole and as an object of its own; what is not there is null', async () => {
    const sessions = promised()
    const session = {
      cookie: cookieOf(null),
      user: { name: 'ann' },
      list: [1, { a: 2 }],
      date: new Date(0),
      none: null,
    }
    await sessions.set('s1', session)
    const got = await sessions.get('s1')
    expect(got).toEqual({ ...session, date: '1970-01-01T00:00:00.000Z' })
    ;(got as typeof session).user.name = 'changed in place'
    expect(await sessions.get('s1')).toMatchObject({ user: { name: 'ann' } })
    expect(await sessions.get('s2')).toBeNull()
    expect(await sessions.get('a'.repeat(300))).toBeNull()
  })

  test('a session without a cookie comes back without one', async () => {
    const sessions = promised()
    await sessions.set('s1', { foo: 'bar' })
    expect(await sessions.get('s1')).toEqual({ foo: 'bar' })
  })

  test('set replaces what was set before under the same id', async () => {
    const sessions = promised()
    await sessions.set('s1', { cookie: cookieOf(null), a: 1, b: 1 })
    await sessions.set('s1', { cookie: cookieOf(null), b: 2 })
    expect(await sessions.get('s1')).toEqual({ cookie: cookieOf(null), b: 2 })
  })

  test('all, length and clear see the living sessions of all processes', async () => {
    const sessions = promised()
    expect(await sessions.length()).toBe(0)
    for (const sid of ['s1', 's2', 's3']) await promised().set(sid, { cookie: cookieOf(null), sid })
    await sessions.destroy('s2')
    expect(await sessions.all()).toEqual({
      s1: { cookie: cookieOf(null), sid: 's1' },
      s3: { cookie: cookieOf(null), sid: 's3' },
    })
    expect(await sessions.length()).toBe(2)
    await sessions.clear()
    expect(await sessions.all()).toEqual({})
    expect(await sessions.get('s1')).toBeNull()
  })

  test('destroy ends it; again, or of one that never was, is no error', async () => {
    const sessions = promised()
    await sessions.set('s1', { cookie: cookieOf(null) })
    await sessions.destroy('s1')
    await sessions.destroy('s1')
    await sessions.destroy('never')
    expect(await sessions.get('s1')).toBeNull()
  })

  test('a failing store is an error of the callback, and a failed get is never "no session"', async () => {
    const sessions = promised()
    await sessions.set('s1', { cookie: cookieOf(null), a: 1 })
    const session = (await sessions.get('s1')) ?? {}
    store.failsLoads = true
    for (const failing of [sessions.get('s1'), sessions.destroy('s1'), sessions.set('s2', { a: 1 })]) {
      await expect(failing).rejects.toMatchObject({ code: 'store-unavailable' })
    }
    store.failsLoads = false
    store.failsWrites = true
    session['a'] = 2
    await expect(sessions.set('s1', session)).rejects.toMatchObject({ code: 'store-unavailable' })
    store.failsWrites = false
    session['b'] = 1
    await sessions.set('s1', session)
    expect(await sessions.get('s1')).toMatchObject({ a: 2, b: 1 })
  })

  test('what JSON or a scope cannot hold is an error of the callback, and nothing is stored', async () => {
    const sessions = promised()
    const cyclic: Plain = {}
    cyclic['self'] = cyclic
    await expect(sessions.set('s1', cyclic)).rejects.toThrow(TypeError)
    const reserved = JSON.parse('{"__proto__":{"admin":true}}') as Plain
    await expect(sessions.set('s1', reserved)).rejects.toMatchObject({ code: 'invalid-state' })
    expect(await sessions.get('s1')).toBeNull()
  })

  test('what a callback throws is not called back again', async () => {
    const inner = new ScopesStore(scopes)
    const calls: unknown[] = []
    const thrown = new Promise(resolve => {
      const listeners = process.listeners('uncaughtException')
      process.removeAllListeners('uncaughtException')
      process.once('uncaughtException', error => {
        for (const listener of listeners) process.on('uncaughtException', listener)
        resolve(error)
      })
    })
    inner.get('s1', (...values) => {
      calls.push(values)
      throw new Error('by the application')
    })
    expect(await thrown).toMatchObject({ message: 'by the application' })
    expect(calls).toHaveLength(1)
  })
})

describe('how long a session lives', () => {
  test('as long as its cookie after the last touch, and never less', async () => {
    const sessions = promised()
    const hour = 3_600_000
    await sessions.set('s1', { cookie: cookieOf(hour), a: 1 })
    for (let minute = 0; minute < 120; minute += 4) {
      offsetMs += 4 * 60_000
      const session = (await sessions.get('s1')) ?? {}
      expect(session).toMatchObject({ a: 1 })
      const { expires } = session['cookie'] as { expires: string }
      expect(Date.parse(expires)).toBeLessThanOrEqual(now() + hour)
      await sessions.touch('s1', { ...session, cookie: cookieOf(hour) })
    }
    offsetMs += hour - 1000
    expect(await sessions.get('s1')).not.toBeNull()
    offsetMs += hour / 8
    expect(await sessions.get('s1')).toBeNull()
    expect(await sessions.all()).toEqual({})
  })

  test('touch moves the deadline, creates nothing, revives nothing and stores no other change', async () => {
    const sessions = promised()
    await sessions.touch('s1', { cookie: cookieOf(60_000), a: 1 })
    expect(await sessions.get('s1')).toBeNull()
    await sessions.set('s1', { cookie: cookieOf(60_000), a: 1 })
    const session = (await sessions.get('s1')) ?? {}
    await sessions.touch('s1', { ...session, a: 2 })
    await sessions.touch('s1', session)
    expect(await sessions.get('s1')).toMatchObject({ a: 1 })
    await sessions.destroy('s1')
    await sessions.touch('s1', session)
    expect(await sessions.get('s1')).toBeNull()
  })

  test('a maxAge that was changed alone is stored by touch, with the deadline', async () => {
    const sessions = promised()
    await sessions.set('s1', { cookie: cookieOf(60_000), a: 1 })
    const session = (await sessions.get('s1')) ?? {}
    session['cookie'] = cookieOf(86_400_000)
    await sessions.touch('s1', session)
    offsetMs += 80_000_000
    expect(await sessions.get('s1')).toMatchObject({ a: 1, cookie: { originalMaxAge: 86_400_000 } })
  })

  test('a session whose cookie ends with the browser lives as its definition says', async () => {
    const sessions = promised({ definition: defineScope({ kind: 'visit', initial: () => ({}), idle: '2h' }) })
    await sessions.set('s1', { cookie: cookieOf(null) })
    offsetMs += 7_000_000
    expect(await sessions.get('s1')).toMatchObject({ cookie: { expires: null } })
    offsetMs += 300_000
    expect(await sessions.get('s1')).toBeNull()
  })

  test('a date that is past ends it', async () => {
    const sessions = promised()
    await sessions.set('s1', { cookie: cookieOf(-1) })
    expect(await sessions.get('s1')).toBeNull()
    await sessions.set('s1', { cookie: cookieOf(60_000) })
    await sessions.set('s1', { cookie: cookieOf(-1) })
    expect(await sessions.get('s1')).toBeNull()
  })

  test('a date without a maxAge is kept', async () => {
    const sessions = promised()
    const expires = new Date(now() + 600_000).toISOString()
    await sessions.set('s1', { cookie: { expires } })
    const { cookie } = ((await sessions.get('s1')) ?? {}) as { cookie: { expires: string } }
    expect(Math.abs(Date.parse(cookie.expires) - Date.parse(expires))).toBeLessThan(2000)
    offsetMs += 700_000
    expect(await sessions.get('s1')).toBeNull()
  })

  test('the drift of a millisecond in originalMaxAge writes nothing', async () => {
    const sessions = promised()
    await sessions.set('s1', { cookie: cookieOf(3_600_000), a: 1 })
    const session = (await sessions.get('s1')) ?? {}
    store.resetCounts()
    await sessions.set('s1', { ...session })
    session['cookie'] = { ...cookieOf(3_600_000), originalMaxAge: 3_599_999 }
    await sessions.set('s1', session)
    await sessions.touch('s1', session)
    expect(store.writes).toBe(0)
  })
})

describe('what other stores lose', () => {
  test('changes of sessions that were got at the same time are merged: keys, nested keys and removals', async () => {
    const sessions = promised()
    await sessions.set('s1', { cookie: cookieOf(null), old: 1, deep: { x: 1 } })
    const stores = [promised(), promised(), promised()]
    const changes: ((session: Plain) => void)[] = [
      session => (session['a'] = 1),
      session => ((session['deep'] as Plain)['y'] = 2),
      session => delete session['old'],
    ]
    const got = await Promise.all(stores.map(each => each.get('s1')))
    for (const [index, session] of got.entries()) changes[index]?.(session ?? {})
    await Promise.all(stores.map((each, index) => each.set('s1', got[index] ?? {})))
    expect(await sessions.get('s1')).toEqual({ cookie: cookieOf(null), a: 1, deep: { x: 1, y: 2 } })
  })

  test('counters that are declared count, also below a parent and in saves of one session one after another', async () => {
    const definition = defineScope({
      kind: 'session',
      initial: () => ({}),
      idle: '1d',
      merge: { n: counter(), 'deep.n': counter() },
    })
    const sessions = promised({ definition })
    await sessions.set('s1', { n: 0, deep: { n: 0 } })
    const got = await Promise.all(Array.from({ length: 4 }, () => sessions.get('s1')))
    await Promise.all(
      got.map(async session => {
        if (!session) throw new Error('It is stored.')
        const saves: Promise<void>[] = []
        for (let turn = 0; turn < 3; turn++) {
          session['n'] = (session['n'] as number) + 1
          ;(session['deep'] as { n: number }).n++
          saves.push(sessions.set('s1', session))
        }
        await Promise.all(saves)
      }),
    )
    expect(await sessions.get('s1')).toEqual({ n: 12, deep: { n: 12 } })
  })

  test('a save whose session has ended is never stored, and told on a channel', async () => {
    const late = published(httpDiagnostics.lateWrite)
    const sessions = promised()
    await sessions.set('s1', { a: 1 })
    const session = (await sessions.get('s1')) ?? {}
    session['a'] = 2
    await sessions.destroy('s1')
    await sessions.set('s1', session)
    expect(await sessions.get('s1')).toBeNull()
    expect(late.take()).toEqual([{ key: { application: 'shop', kind: 'session', id: 's1' }, error: expect.any(Error) }])
  })

  test('with onLateWrite "error" it is an error of the callback as well', async () => {
    const sessions = promised({ onLateWrite: 'error' })
    await sessions.set('s1', { a: 1 })
    const session = (await sessions.get('s1')) ?? {}
    const listed = (await sessions.all())['s1'] ?? {}
    await sessions.destroy('s1')
    session['a'] = 2
    listed['a'] = 3
    await expect(sessions.set('s1', session)).rejects.toMatchObject({ code: 'ended' })
    await expect(sessions.set('s1', listed)).rejects.toMatchObject({ code: 'ended' })
  })

  test('an id that is used again begins a new life, which no late save of the old one reaches', async () => {
    const sessions = promised()
    await sessions.set('s1', { user: 'ann' })
    const old = (await sessions.get('s1')) ?? {}
    const listed = (await sessions.all())['s1'] ?? {}
    await sessions.destroy('s1')
    await sessions.set('s1', { user: 'ben' })
    old['cart'] = listed['cart'] = 'of ann'
    await sessions.set('s1', old)
    await sessions.set('s1', listed)
    expect(await sessions.get('s1')).toEqual({ user: 'ben' })
  })

  test('the sessions that all() gives are merged like those of get()', async () => {
    const sessions = promised()
    await sessions.set('s1', { a: 1 })
    const listed = (await sessions.all())['s1'] ?? {}
    const got = (await sessions.get('s1')) ?? {}
    listed['b'] = 1
    got['c'] = 1
    await sessions.set('s1', listed)
    await sessions.set('s1', got)
    expect(await sessions.get('s1')).toEqual({ a: 1, b: 1, c: 1 })
  })
})

test('options that are not allowed are refused', () => {
  expect(() => new ScopesStore(scopes, { onLateWrite: 'ignore' as never })).toThrow(/onLateWrite/)
})
