import { afterEach, expect, test } from 'vitest'
import {
  type DocumentStore,
  type LockOptions,
  type Scopes,
  StoreUnavailableError,
  memoryStore,
  openScopes,
} from '../../src/index.ts'
import { Session, counted, processes } from '../scope/fixture.ts'
import { gate, refusalOf } from './gate.ts'
import { settled } from './stepping-clock.ts'

const opened: Scopes[] = []

async function open(count = 1, store: ReturnType<typeof counted> = counted()): Promise<readonly [Scopes, ...Scopes[]]> {
  const all = await processes(count, { store: store.store })
  opened.push(...all)
  return all
}

function openOn(store: DocumentStore): Promise<Scopes> {
  return openScopes({ application: 'shop', store })
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map(scopes => scopes.close()))
})

const name = 'numbers'

test('lock and unlock are two round trips when nobody else wants it, whoever had it before', async () => {
  const store = counted()
  const [one, other] = await open(2, store)
  await other?.lock({ name }, () => {})
  const before = { ...store.counts }
  expect(await one.lock({ name }, () => 'result')).toBe('result')
  expect(store.counts).toEqual({ ...before, insert: before.insert + 1, remove: before.remove + 1 })
})

test('with one read and one write in it, they are four', async () => {
  const store = counted()
  const [scopes] = await open(1, store)
  const session = await scopes.open(Session, 'a')
  await session.update(draft => void draft.hits++)
  const before = { ...store.counts }
  await scopes.lock({ scope: session }, async () => {
    const fresh = await scopes.open(Session, 'a')
    await fresh.update(draft => void draft.hits++)
  })
  const { insert, load, append, remove, replace } = store.counts
  expect([insert - before.insert, load - before.load, append - before.append, remove - before.remove]).toEqual([
    1, 1, 1, 1,
  ])
  expect(replace).toBe(before.replace)
})

test('re-entrant: the same lock in its own body costs no trip and has the same token; so does readonly in exclusive', async () => {
  const store = counted()
  const [scopes] = await open(1, store)
  await scopes.lock({ name }, async outer => {
    const before = { ...store.counts }
    for (const type of ['exclusive', 'readonly'] as const) {
      const token = await scopes.lock({ name, type }, inner => inner.fencingToken)
      expect(token).toBe(outer.fencingToken)
    }
    expect(store.counts).toEqual(before)
    // The inner ones have given nothing back.
    expect(await store.store.load('lock:n:numbers')).toBeDefined()
  })
})

test('upgrade-refused: readonly cannot become exclusive, which is said at once and with the way out', async () => {
  const [scopes] = await open()
  await scopes.lock({ name, type: 'readonly' }, async () => {
    await expect(scopes.lock({ name }, () => {})).rejects.toMatchObject({
      code: 'lock-upgrade',
      message: expect.stringContaining('Take it as exclusive from the beginning'),
    })
  })
})

test('one holder at a time over all processes, in the order in which they came', async () => {
  const all = await open(3)
  const order: string[] = []
  let inside = 0
  const [first] = all
  const begun = gate()
  const held = first.lock({ name }, () => begun.passed)
  await settled()
  const waiting: Promise<unknown>[] = []
  for (const [index, scopes] of [...all, ...all].entries()) {
    waiting.push(
      scopes.lock({ name }, async () => {
        expect(++inside).toBe(1)
        order.push(`${index}`)
        await settled()
        inside--
      }),
    )
    await settled()
  }
  begun.open()
  await Promise.all([held, ...waiting])
  // One entry of each process in line; what waits behind it in the process enters the line when that is done.
  expect(order).toHaveLength(6)
  expect(order.indexOf('0')).toBeLessThan(order.indexOf('3'))
  expect(order.slice(0, 3).toSorted()).toEqual(['0', '1', '2'])
})

test('readers hold it together, in one process and in several, and no writer meanwhile; a writer who waits is not passed by', async () => {
  const [one, two] = await open(2)
  const [readersIn, readersOut] = [gate(), gate()]
  const order: string[] = []
  let readers = 0
  const read = (scopes: Scopes): Promise<void> =>
    scopes.lock({ name, type: 'readonly' }, async () => {
      if (++readers === 3) readersIn.open()
      await readersOut.passed
      order.push('reader')
    })
  const reading = [read(one), read(one), read(two ?? one)]
  await readersIn.passed
  const writing = one.lock({ name }, () => void order.push('writer'))
  await settled()
  const late = (two ?? one).lock({ name, type: 'readonly' }, () => void order.push('late reader'))
  await settled()
  expect(order).toEqual([])
  readersOut.open()
  await Promise.all([...reading, writing, late])
  expect(order).toEqual(['reader', 'reader', 'reader', 'writer', 'late reader'])
})

test('amount: exactly so many bodies run at once', async () => {
  const all = await open(3)
  let [inside, most] = [0, 0]
  const callers = Array.from({ length: 20 }, (_, index) =>
    (all[index % 3] ?? all[0]).lock({ name, amount: 4 }, async () => {
      most = Math.max(most, ++inside)
      await settled()
      await settled()
      inside--
    }),
  )
  await Promise.all(callers)
  expect(most).toBe(4)
})

test('a lock is free again when its body has thrown, and the error is the caller’s', async () => {
  const [one, two] = await open(2)
  await expect(one.lock({ name }, () => Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError)
  expect(await (two ?? one).lock({ name, timeoutMs: 0 }, () => 'mine')).toBe('mine')
})

test('time-out: who waits is told the kind, the name, the time and who holds it; the holder goes on', async () => {
  const [one, two = one] = await open(2)
  const body = gate()
  const held = one.lock({ name }, () => body.passed)
  await settled()
  await expect(two.lock({ name: ' Numbers', timeoutMs: 30 }, () => {})).rejects.toMatchObject({
    code: 'lock-timeout',
    message: 'The exclusive lock "numbers" was not free within 30 ms; held by P1.',
    holders: ['P1'],
    type: 'exclusive',
    timeoutMs: 30,
  })
  await expect(one.lock({ name, timeoutMs: 20 }, () => {})).rejects.toMatchObject({ holders: ['P1'] })
  expect(await two.lock({ name, type: 'readonly', timeoutMs: 0, throwOnTimeout: false }, () => 'ran')).toBeUndefined()
  body.open()
  await held
  // Nobody who gave up stands in line any more.
  expect(await two.lock({ name, timeoutMs: 0 }, () => 'ran')).toBe('ran')
})

test('throwOnTimeout false leaves out the body, but hides no failure of the store and no time-out inside', async () => {
  const store = counted()
  const [one] = await open(1, store)
  const inner = one.lock({ name: 'outer', throwOnTimeout: false }, async () => {
    await one.lock({ name: 'x' }, async () => {})
    const body = gate()
    const other = openScopes({ application: 'other', store: store.store })
    const held = (await other).lock({ name }, () => body.passed)
    await settled()
    await one.lock({ name, timeoutMs: 10 }, () => {}).finally(() => body.open())
    await held
  })
  await expect(inner).rejects.toMatchObject({ code: 'lock-timeout' })
  store.before = () => Promise.reject(new StoreUnavailableError('down', { outcome: 'none' }))
  const failing = one.lock({ name, timeoutMs: 10, throwOnTimeout: false }, () => {})
  await expect(failing).rejects.toMatchObject({ code: 'store-unavailable', cause: { message: 'down' } })
  store.before = () => {}
})

test('opposite nesting ends by the time-out, which names what the caller holds meanwhile, and frees all that he held', async () => {
  const [one, two = one] = await open(2)
  const [hasA, hasB] = [gate(), gate()]
  const nested = (scopes: Scopes, outer: string, inner: string, timeoutMs: number): Promise<string> =>
    scopes.lock({ name: outer }, async () => {
      ;(outer === 'a' ? hasA : hasB).open()
      await Promise.all([hasA.passed, hasB.passed])
      return scopes.lock({ name: inner, timeoutMs }, () => `${outer}${inner}`)
    })
  const first = nested(one, 'a', 'b', 40)
  const second = nested(two, 'b', 'a', 5000)
  await expect(first).rejects.toMatchObject({
    code: 'lock-timeout',
    lock: 'lock:n:b',
    held: ['lock:n:a'],
    holders: ['P2'],
    message: expect.stringContaining('take them in the same order everywhere'),
  })
  // Whose time was longer gets what the other gave up.
  expect(await second).toBe('ba')
})

test('named locks carry no application; case and space around do not count; locks of scopes are apart', async () => {
  const store = memoryStore()
  const [shop, forum] = await Promise.all([
    openScopes({ application: 'shop', store }),
    openScopes({ application: 'forum', store }),
  ])
  opened.push(shop, forum)
  const body = gate()
  const held = shop.lock({ name: 'Mail' }, () => body.passed)
  await settled()
  const tried = async (scopes: Scopes, options: LockOptions): Promise<boolean> =>
    (await scopes.lock({ ...options, timeoutMs: 0, throwOnTimeout: false }, () => true)) ?? false
  expect(await tried(forum, { name: ' mail ' })).toBe(false)
  expect(await tried(forum, { name: 'mails' })).toBe(true)
  body.open()
  await held
  const [one, other] = [await shop.open(Session, '1'), await shop.open(Session, '2')]
  const inner = gate()
  const scoped = shop.lock({ scope: one }, () => inner.passed)
  await settled()
  expect(await tried(forum, { scope: await forum.open(Session, '1') })).toBe(true)
  expect(await tried(shop, { scope: other })).toBe(true)
  expect(await tried(shop, { scope: await shop.open(Session, '1') })).toBe(false)
  inner.open()
  await scoped
})

test('aborted: who does not want to wait any more does not, and leaves nothing in line', async () => {
  const [one, two = one] = await open(2)
  const body = gate()
  const held = one.lock({ name }, () => body.passed)
  await settled()
  const abort = new AbortController()
  const waiting = two.lock({ name, signal: abort.signal }, () => {})
  await settled()
  abort.abort(new Error('gone'))
  await expect(waiting).rejects.toMatchObject({ code: 'store-unavailable', cause: { message: 'gone' } })
  body.open()
  await held
  await settled()
  expect(await two.lock({ name, timeoutMs: 0 }, () => 'mine')).toBe('mine')
})

test('closing tells who waits, aborts the signals of bodies, and leaves no lock behind', async () => {
  const store = memoryStore()
  // Closing one of them must not end the other.
  const shared: DocumentStore = {
    capabilities: store.capabilities,
    feed: store.feed,
    open: () => store.open(),
    load: (key, options) => store.load(key, options),
    insert: (key, bytes, options) => store.insert(key, bytes, options),
    append: (key, bytes, token, options) => store.append(key, bytes, token, options),
    replace: (key, bytes, token, options) => store.replace(key, bytes, token, options),
    remove: (key, token, options) => store.remove(key, token, options),
    close: async () => {},
  }
  const [one, two] = [await openOn(shared), await openOn(shared)]
  const body = gate()
  let signal: AbortSignal | undefined
  const held = one.lock({ name }, lock => {
    signal = lock.signal
    return body.passed
  })
  await settled()
  const waiting = refusalOf(one.lock({ name }, () => {}))
  const standing = refusalOf(two.lock({ name }, () => {}))
  await settled()
  await two.close()
  expect(await standing).toMatchObject({ code: 'store-unavailable' })
  await one.close()
  expect(await waiting).toMatchObject({ code: 'store-unavailable' })
  expect(signal?.aborted).toBe(true)
  expect(await store.load('lock:n:numbers')).toBeUndefined()
  body.open()
  await held
  await expect(one.lock({ name }, () => {})).rejects.toMatchObject({ code: 'store-unavailable' })
})

test.each([
  ['no name', {}],
  ['an empty name', { name: '  ' }],
  ['a name with a control character', { name: 'a\u0000' }],
  ['a name that is no text', { name: 7 }],
  ['a name and a scope', { name, scope: { key: { application: 'a', kind: 'b', id: 'c' } } }],
  ['a scope that is none', { scope: 'session' }],
  ['an unknown option', { name, timeout: 3 }],
  ['a type that there is not', { name, type: 'shared' }],
  ['a time-out that is no number', { name, timeoutMs: Infinity }],
  ['no place at all', { name, amount: 0 }],
  ['readers with a limit', { name, type: 'readonly', amount: 2 }],
  ['a lease that is too short to be renewed', { name, leaseMs: 20 }],
  ['a signal that is none', { name, signal: {} }],
  ['a word for throwOnTimeout', { name, throwOnTimeout: 'no' }],
])('refused: %s', async (_, options) => {
  const [scopes] = await open()
  await expect(scopes.lock(options as LockOptions, () => {})).rejects.toMatchObject({ code: 'invalid-argument' })
})

test('a lock without a body is refused', async () => {
  const [scopes] = await open()
  await expect(scopes.lock({ name }, undefined as unknown as () => void)).rejects.toMatchObject({
    code: 'invalid-argument',
  })
})
