import { describe, expect, test } from 'vitest'
import {
  type Clock,
  type DocumentStore,
  type EndAllOptions,
  type IndexTypes,
  type OpenScopesOptions,
  type Scopes,
  StoreUnavailableError,
  defineScope,
  memoryStore,
  systemClock,
} from '../../src/index.ts'
import { decodeIndex } from '../../src/index/index-document.ts'
import { counted, processes } from './fixture.ts'

interface LoginState {
  user?: string | undefined
  team?: number | undefined
  hits: number
}

const Session = defineScope({
  kind: 'session',
  initial: (): LoginState => ({ hits: 0 }),
  idle: '30m',
  absolute: '12h',
  indexes: { user: state => state.user, team: state => state.team },
})

const annKey = 'index:shop:user:ann'
const ann = { index: 'user', value: 'ann' } as const
const login = (draft: LoginState): void => void (draft.user = 'ann')

async function namedIn(store: DocumentStore, key: string = annKey): Promise<readonly string[]> {
  const stored = await store.load(key)
  return stored ? decodeIndex(stored.bytes, key).entries.map(({ id }) => id) : []
}

async function isAlive(scopes: Scopes, id: string): Promise<boolean> {
  return (await scopes.open(Session, id)).isStored
}

/** Two processes on one store, the first of which can be held up at each call. */
async function world(options: Partial<OpenScopesOptions> = {}): Promise<{
  readonly watched: ReturnType<typeof counted>
  readonly inner: DocumentStore
  readonly one: Scopes
  readonly two: Scopes
}> {
  const inner = memoryStore()
  const watched = counted(inner)
  const [one] = await processes(1, { ...options, store: watched.store })
  const [two] = await processes(1, { ...options, store: inner })
  return { watched, inner, one, two }
}

describe('endAll', () => {
  test('ends every session of the user on every node, and no other; the index is gone then', async () => {
    const { inner, one, two } = await world()
    for (const id of ['s1', 's2', 's3']) await (await one.open(Session, id)).update(login)
    await (await one.open(Session, 'ben')).update(draft => void (draft.user = 'ben'))
    await (await one.open(Session, 'nobody')).update(draft => void draft.hits++)
    const held = await two.open(Session, 's2')
    expect(await namedIn(inner)).toEqual(['s1', 's2', 's3'])
    expect(await two.endAll(Session, { ...ann, detail: 'everywhere' })).toBe(3)
    for (const id of ['s1', 's2', 's3']) {
      expect((await one.open(Session, id)).ended).toMatchObject({ reason: 'ended', detail: 'everywhere' })
    }
    await expect(held.update(draft => void draft.hits++)).rejects.toMatchObject({ code: 'ended', detail: 'everywhere' })
    expect(await isAlive(one, 'ben')).toBe(true)
    expect(await isAlive(one, 'nobody')).toBe(true)
    expect(await inner.load(annKey)).toBeUndefined()
    expect(await two.endAll(Session, ann)).toBe(0)
  })

  test('leaves the exception alone, by handle and by id, and what a rotation makes of it', async () => {
    const { inner, one, two } = await world()
    for (const id of ['s1', 's2', 's3']) await (await one.open(Session, id)).update(login)
    const mine = await two.open(Session, 's1')
    expect(await one.endAll(Session, { ...ann, except: mine })).toBe(2)
    expect(await isAlive(two, 's1')).toBe(true)
    expect(await namedIn(inner)).toEqual(['s1'])
    await (await one.open(Session, 's4')).update(login)
    const next = await mine.rotate()
    // The handle of the old id names the life that the new one came from.
    expect(await one.endAll(Session, { ...ann, except: mine })).toBe(1)
    expect(await isAlive(two, next.id)).toBe(true)
    expect(await one.endAll(Session, { ...ann, except: next.id })).toBe(0)
    expect(await one.endAll(Session, ann)).toBe(1)
  })

  test('goes by the value that a scope has now, not by what it had', async () => {
    const { inner, one, two } = await world()
    const session = await one.open(Session, 's1')
    await session.update(login)
    await session.update(draft => void (draft.user = 'ben'))
    await session.flush()
    await one.open(Session, 's1')
    await expect.poll(() => namedIn(inner)).toEqual([])
    expect(await namedIn(inner, 'index:shop:user:ben')).toEqual(['s1'])
    expect(await two.endAll(Session, ann)).toBe(0)
    expect(await isAlive(two, 's1')).toBe(true)
    await session.update(draft => void delete draft.user)
    await expect.poll(() => namedIn(inner, 'index:shop:user:ben')).toEqual([])
  })

  test('a name that stayed behind, because its process was killed, ends nobody, and goes', async () => {
    const { watched, inner, one, two } = await world({ commitTimeoutMs: 30 })
    const session = await one.open(Session, 's1')
    await session.update(login)
    watched.before = (operation, key) => {
      if (key === annKey && operation !== 'load') throw new StoreUnavailableError('gone')
    }
    await session.update(draft => void (draft.user = 'ben'))
    await session.end().catch(() => {})
    const other = await two.open(Session, 's2')
    await other.update(login)
    watched.before = () => {}
    expect(await namedIn(inner)).toEqual(['s1', 's2'])
    expect(await two.endAll(Session, ann)).toBe(1)
    expect(await inner.load(annKey)).toBeUndefined()
  })

  test('an end and a rotation take their id out', async () => {
    const { inner, one, two } = await world()
    const first = await one.open(Session, 's1')
    await first.update(login)
    const second = await first.rotate()
    expect(await namedIn(inner)).toEqual([second.id])
    await (await two.open(Session, second.id)).end('logout')
    expect(await inner.load(annKey)).toBeUndefined()
  })

  test('an expiry takes its id out', async () => {
    let now = 1_800_000_000_000
    const clock: Clock = { ...systemClock, now: () => now }
    const store = memoryStore({ clock })
    const [one] = await processes(1, { store, clock })
    await (await one.open(Session, 's1')).update(login)
    now += 31 * 60_000
    expect((await one.open(Session, 's1')).ended).toMatchObject({ reason: 'expired' })
    expect(await store.load(annKey)).toBeUndefined()
  })

  test('several indexes of one definition: a scope is found by each, and leaves all of them', async () => {
    const { inner, one } = await world()
    const session = await one.open(Session, 's1')
    await session.update(draft => {
      login(draft)
      draft.team = 7
    })
    expect(await namedIn(inner, 'index:shop:team:7')).toEqual(['s1'])
    expect(await one.endAll(Session, { index: 'team', value: 7 })).toBe(1)
    expect(await namedIn(inner)).toEqual([])
  })

  test('kinds with an index of the same name share its documents, and end apart', async () => {
    const { one, two } = await world()
    const Client = defineScope({
      kind: 'client',
      initial: (): LoginState => ({ hits: 0 }),
      indexes: { user: state => state.user },
    })
    await (await one.open(Session, 's1')).update(login)
    const client = await two.open(Client, 'c1')
    await client.update(login)
    expect(await two.endAll(Session, ann)).toBe(1)
    expect((await one.open(Client, 'c1')).isStored).toBe(true)
    expect(await one.endAll(Client, ann)).toBe(1)
  })

  test('a value that is long, empty or hostile finds its own scopes only', async () => {
    const { one, two } = await world()
    const values = ['a:b', 'a', 'ä'.repeat(300), `${'ä'.repeat(300)}x`, 'a\u0000b', '*', '__proto__', ' ']
    for (const [index, user] of values.entries()) {
      await (await one.open(Session, `s${index}`)).update(draft => void (draft.user = user))
    }
    await (await one.open(Session, 'empty')).update(draft => void (draft.user = ''))
    for (const [index, value] of values.entries()) {
      expect(await two.endAll(Session, { index: 'user', value })).toBe(1)
      expect(await isAlive(one, `s${index}`)).toBe(false)
    }
    expect(await isAlive(one, 'empty')).toBe(true)
  })

  test.each([
    { index: 'users', value: 'ann' },
    { index: 'user', value: undefined },
    { index: 'user', value: '' },
    { index: 'user', value: null },
    { index: 'user', value: {} },
    { index: 'user', value: Number.NaN },
    { index: 'user', value: '\uD800' },
    { index: 'user', value: 'ann', except: 7 },
    { index: 'user', value: 'ann', detail: 7 },
    { index: 'user', value: 'ann', exept: 's1' },
    undefined,
  ])('%o is refused, and nothing is asked of the store', async options => {
    const { watched, one } = await world()
    const wrong = options as EndAllOptions<LoginState, IndexTypes, string>
    await expect(one.endAll(Session, wrong)).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(watched.counts).toMatchObject({ load: 0, insert: 0, replace: 0 })
  })

  test('one scope that cannot be ended does not keep the others alive; the call rejects, and the next one ends it', async () => {
    const { watched, inner, one } = await world({ commitTimeoutMs: 30 })
    for (const id of ['s1', 's2', 's3']) await (await one.open(Session, id)).update(login)
    watched.before = (operation, key) => {
      if (operation === 'replace' && key.endsWith(':s2')) throw new StoreUnavailableError('its node is down')
    }
    await expect(one.endAll(Session, ann)).rejects.toMatchObject({ code: 'store-unavailable' })
    watched.before = () => {}
    expect(await isAlive(one, 's1')).toBe(false)
    expect(await isAlive(one, 's3')).toBe(false)
    expect(await one.endAll(Session, ann)).toBe(1)
    expect(await isAlive(one, 's2')).toBe(false)
    expect(await inner.load(annKey)).toBeUndefined()
  })

  test('a document of a newer version, whose value cannot be known here, is ended with the others', async () => {
    const { inner, one } = await world()
    const Newer = defineScope({
      kind: 'session',
      version: 2,
      initial: () => ({ login: { user: 'ann' } }),
      upcast: { 1: () => ({ login: { user: 'ann' } }) },
      indexes: { user: state => state.login.user },
    })
    const [newer] = await processes(1, { store: inner })
    await (await newer.open(Newer, 's2')).setLifetime({ idle: '1h' })
    expect(await one.endAll(Session, ann)).toBe(1)
    expect((await newer.open(Newer, 's2')).ended).toMatchObject({ reason: 'ended' })
  })
})

describe('a definition', () => {
  test.each([
    { indexes: [] },
    { indexes: null },
    { indexes: { user: 'user' } },
    { indexes: { 'a b': () => 'x' } },
    { indexes: () => 'x' },
  ])('with $indexes is refused', options => {
    expect(() => defineScope({ kind: 'session', initial: () => ({}), ...(options as object) })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    )
  })

  test('whose index throws, or gives what is no value, refuses the commit and no other', async () => {
    const [one] = await processes(1)
    const Odd = defineScope({
      kind: 'odd',
      initial: () => ({ n: 0 }),
      indexes: {
        parity: ({ n }) => {
          if (n === 1) throw new Error('one')
          return n === 2 ? ({} as string) : n
        },
      },
    })
    const odd = await one.open(Odd, 'o')
    const results = await Promise.allSettled([1, 2, 3].map(n => odd.update(draft => void (draft.n = n))))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(results[0]).toMatchObject({ reason: { code: 'invalid-argument', cause: { message: 'one' } } })
    expect(results[1]).toMatchObject({ reason: { code: 'invalid-argument' } })
    expect(odd.value.n).toBe(3)
  })
})
