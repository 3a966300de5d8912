import { describe, expect, test } from 'vitest'
import { memoryCache, memoryStore, systemClock } from '../../src/index.ts'
import { Session, counted, processes } from './fixture.ts'

const key = 'session:shop:s1'

/** Two processes on one store, the second with its calls counted and `cluster: false`. */
async function twoProcesses(cluster = false): Promise<{
  readonly one: Awaited<ReturnType<typeof processes>>[0]
  readonly two: Awaited<ReturnType<typeof processes>>[0]
  readonly watched: ReturnType<typeof counted>
  readonly inner: ReturnType<typeof memoryStore>
}> {
  const inner = memoryStore()
  const watched = counted(inner)
  const [one] = await processes(1, { store: inner })
  const [two] = await processes(1, { store: watched.store, cluster })
  return { one, two, watched, inner }
}

test('the key of a handle names the scope, and nobody can change it for others', async () => {
  const [scopes] = await processes(1)
  const { key: named } = await scopes.open(Session, 's1')
  expect(named).toEqual({ application: 'shop', kind: 'session', id: 's1' })
  expect(() => Object.assign(named, { id: 's2' })).toThrow(TypeError)
})

test('creates: false: a handle of a scope that has ended begins no new life; elsewhere it is as any other', async () => {
  const { one, two } = await twoProcesses()
  const session = await one.open(Session, 's1', { creates: false })
  await session.update(draft => void draft.hits++)
  await session.end('logout')
  for (const scopes of [one, two]) {
    const bound = await scopes.open(Session, 's1', { creates: false })
    expect(bound.value).toEqual({ hits: 0, cart: [], notes: {} })
    expect(bound.ended).toMatchObject({ reason: 'ended', detail: 'logout' })
    const refused = { code: 'ended', detail: 'logout', outcome: 'none' }
    await expect(bound.update(draft => void draft.hits++)).rejects.toMatchObject(refused)
    await expect(bound.rotate()).rejects.toMatchObject({ code: 'ended' })
  }
  await (await two.open(Session, 's1')).update(draft => void draft.hits++)
  expect((await one.open(Session, 's1', { creates: false })).value.hits).toBe(1)
  const wrong = one.open(Session, 's1', { creates: 'no' as unknown as boolean })
  await expect(wrong).rejects.toMatchObject({ code: 'invalid-argument' })
})

describe('atLeast', () => {
  test('contained: from memory where it has the commit, else from the store, in one question', async () => {
    const { one, two, watched } = await twoProcesses()
    const writer = await one.open(Session, 's1')
    await writer.update(draft => void draft.hits++)
    const first = await two.open(Session, 's1', { atLeast: writer.stamp })
    expect([first.freshness, first.value.hits, watched.counts.load]).toEqual(['contained', 1, 1])
    const again = await two.open(Session, 's1', { atLeast: writer.stamp })
    expect([again.freshness, watched.counts.load]).toEqual(['contained', 1])
    await writer.update(draft => void draft.hits++)
    expect((await two.open(Session, 's1')).value.hits).toBe(1)
    const newer = await two.open(Session, 's1', { atLeast: writer.stamp })
    expect([newer.freshness, newer.value.hits, watched.counts.load]).toEqual(['contained', 2, 2])
  })

  test('a handle that was not asked for a stamp says nothing of one', async () => {
    const { two } = await twoProcesses()
    expect((await two.open(Session, 's1')).freshness).toBeUndefined()
  })

  test('with cluster: true the store is asked, and memory is not enough', async () => {
    const { one, two, watched } = await twoProcesses(true)
    const writer = await one.open(Session, 's1')
    await writer.update(draft => void draft.hits++)
    await two.open(Session, 's1')
    expect((await two.open(Session, 's1', { atLeast: writer.stamp })).freshness).toBe('contained')
    expect(watched.counts.load).toBe(2)
  })

  test('lost: the store has lost the commit', async () => {
    const { one, two, inner } = await twoProcesses()
    const writer = await one.open(Session, 's1')
    await writer.update(draft => void draft.hits++)
    const before = await inner.load(key)
    await writer.update(draft => void draft.hits++)
    const { stamp } = writer
    const lost = await inner.load(key)
    if (before === undefined || lost === undefined) throw new Error('The scope is stored.')
    await inner.replace(key, before.bytes, lost.token)
    const reader = await two.open(Session, 's1', { atLeast: stamp })
    expect([reader.freshness, reader.value.hits]).toEqual(['lost', 1])
  })

  test('ended: by its marker from memory, by another life or by nothing from the store', async () => {
    const { one, two, watched } = await twoProcesses()
    const writer = await one.open(Session, 's1')
    await writer.update(draft => void draft.hits++)
    const { stamp } = writer
    await writer.end()
    expect((await two.open(Session, 's1', { atLeast: stamp })).freshness).toBe('ended')
    expect((await two.open(Session, 's1', { atLeast: stamp })).freshness).toBe('ended')
    expect(watched.counts.load).toBe(1)
    const born = await one.open(Session, 's1')
    await born.update(draft => void (draft.hits = 9))
    const reader = await two.open(Session, 's1', { atLeast: born.stamp })
    expect([reader.freshness, reader.value.hits]).toEqual(['contained', 9])
    expect((await two.open(Session, 's1', { atLeast: stamp })).freshness).toBe('ended')
    expect((await two.open(Session, 's2', { atLeast: stamp })).freshness).toBe('ended')
  })

  test('unknown: the document no longer names a commit that old; the newest value is shown', async () => {
    const { one, two } = await twoProcesses()
    const writer = await one.open(Session, 's1')
    await writer.update(draft => void draft.hits++)
    const { stamp } = writer
    // More than a document holds as frames or names as ids.
    for (let commit = 0; commit < 140; commit++) await writer.update(draft => void draft.hits++)
    const reader = await two.open(Session, 's1', { atLeast: stamp })
    expect([reader.freshness, reader.value.hits]).toEqual(['unknown', 141])
  })

  test('stamp-asked: a load that was sent before is not joined', async () => {
    const { one, two, watched } = await twoProcesses()
    const writer = await one.open(Session, 's1')
    await writer.update(draft => void draft.hits++)
    // The first load has its answer, and the answer is under way.
    let arrive = (): void => {}
    const inner = { ...watched.store }
    let isFirst = true
    watched.store.load = async (name, options) => {
      const answer = await inner.load(name, options)
      if (isFirst) {
        isFirst = false
        await new Promise<void>(resolve => (arrive = resolve))
      }
      return answer
    }
    const plain = two.open(Session, 's1')
    await expect.poll(() => isFirst, { interval: 1 }).toBe(false)
    await writer.update(draft => void draft.hits++)
    const stamped = await two.open(Session, 's1', { atLeast: writer.stamp })
    expect([stamped.freshness, stamped.value.hits]).toEqual(['contained', 2])
    arrive()
    expect((await plain).value.hits).toBe(2)
  })

  test('stamp-again: when the answer was outdated by a fold that does not have the commit, the store is asked again', async () => {
    const { one, two, watched } = await twoProcesses()
    const writer = await one.open(Session, 's1')
    await writer.update(draft => void draft.hits++)
    const held = await two.open(Session, 's1')
    const inner = { ...watched.store }
    let asked = 0
    watched.store.load = async (name, options) => {
      asked++
      const answer = await inner.load(name, options)
      // An own commit is folded while the answer, from before it, is under way.
      if (asked === 1) await held.update(draft => void (draft.user = 'me'))
      return answer
    }
    const foreign = `${writer.life}.2.${'0'.repeat(8)}`
    const opened = await two.open(Session, 's1', { atLeast: foreign })
    expect([opened.freshness, asked]).toEqual(['lost', 2])
  })

  test.each(['', 'nonsense', '0123456789abcdef.0.01234567', 7])('%j is no stamp and is refused', async stamp => {
    const { two } = await twoProcesses()
    await expect(two.open(Session, 's1', { atLeast: stamp as string })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })

  test('a handle catches up on a stamp: memory answers where it has the commit, else the store', async () => {
    const { one, two, watched } = await twoProcesses()
    const writer = await one.open(Session, 's1')
    await writer.update(draft => void draft.hits++)
    const held = await two.open(Session, 's1')
    watched.counts.load = 0
    expect([await held.catchUp(writer.stamp ?? ''), watched.counts.load]).toEqual(['contained', 0])
    await writer.update(draft => void draft.hits++)
    expect([held.value.hits, await held.catchUp(writer.stamp ?? ''), held.value.hits]).toEqual([1, 'contained', 2])
    expect(await held.catchUp(`${writer.life}.9.00000000`)).toBe('lost')
    await writer.end()
    expect([await held.catchUp(`${writer.life}.9.00000000`), held.isStored]).toEqual(['ended', false])
  })

  test('catching up rejects for what is no stamp, when the store fails, and when the scopes are closed', async () => {
    const { one, two, watched } = await twoProcesses()
    const writer = await one.open(Session, 's1')
    await writer.update(draft => void draft.hits++)
    const held = await two.open(Session, 's1')
    await expect(held.catchUp('nonsense')).rejects.toMatchObject({ code: 'invalid-argument' })
    await writer.update(draft => void draft.hits++)
    watched.before = () => Promise.reject(new RangeError('down'))
    await expect(held.catchUp(writer.stamp ?? '')).rejects.toThrow('down')
    expect(held.value.hits).toBe(1)
    await two.close()
    await expect(held.catchUp(writer.stamp ?? '')).rejects.toMatchObject({ code: 'store-unavailable' })
  })

  test('a store that fails is an error, and never taken for an end', async () => {
    const { one, two, watched } = await twoProcesses()
    const writer = await one.open(Session, 's1')
    await writer.update(draft => void draft.hits++)
    watched.before = () => Promise.reject(new RangeError('down'))
    await expect(two.open(Session, 's1', { atLeast: writer.stamp })).rejects.toThrow('down')
  })
})

describe('maxStaleMs', () => {
  /** One process with a monotonic clock that is set by hand. */
  async function clocked(cluster: boolean): Promise<{
    readonly scopes: Awaited<ReturnType<typeof processes>>[0]
    readonly watched: ReturnType<typeof counted>
    readonly time: { now: number }
  }> {
    const time = { now: 0 }
    const watched = counted()
    const clock = { ...systemClock, monotonic: () => time.now }
    const [scopes] = await processes(1, { store: watched.store, cluster, clock })
    return { scopes, watched, time }
  }

  test.each([true, false])(
    'memory answers as long as its last proof is young enough, with cluster: %s',
    async cluster => {
      const { scopes, watched, time } = await clocked(cluster)
      await (await scopes.open(Session, 's1')).update(draft => void draft.hits++)
      await scopes.open(Session, 's1', { maxStaleMs: 0 })
      const before = watched.counts.load
      time.now = 100
      await scopes.open(Session, 's1', { maxStaleMs: 100 })
      expect(watched.counts.load).toBe(before)
      await scopes.open(Session, 's1', { maxStaleMs: 99 })
      expect(watched.counts.load).toBe(before + 1)
      await scopes.open(Session, 's1', { maxStaleMs: 99 })
      expect(watched.counts.load).toBe(before + 1)
    },
  )

  test('asof-sent: it counts from when the question was sent', async () => {
    const { scopes, watched, time } = await clocked(false)
    await (await scopes.open(Session, 's1')).update(draft => void draft.hits++)
    watched.before = operation => {
      if (operation === 'load') time.now += 50
    }
    await scopes.open(Session, 's1', { maxStaleMs: 0 })
    const before = watched.counts.load
    await scopes.open(Session, 's1', { maxStaleMs: 49 })
    expect(watched.counts.load).toBe(before + 1)
  })

  test('0 always asks the store', async () => {
    const { scopes, watched } = await clocked(false)
    await (await scopes.open(Session, 's1')).update(draft => void draft.hits++)
    const before = watched.counts.load
    await scopes.open(Session, 's1', { maxStaleMs: 0 })
    await scopes.open(Session, 's1', { maxStaleMs: 0 })
    expect(watched.counts.load).toBe(before + 2)
  })

  test('a copy that a cache kept proves nothing', async () => {
    const watched = counted()
    // Two lives of one process, so to speak: the second begins with what the first has left in the cache.
    const [one, two] = await processes(2, { store: watched.store, cluster: false, cache: memoryCache() })
    const session = await one.open(Session, 's1')
    await session.update(draft => void draft.hits++)
    await one.open(Session, 's1', { maxStaleMs: 60_000 })
    expect(watched.counts.load).toBe(1)
    expect((await two?.open(Session, 's1'))?.value.hits).toBe(1)
    expect(watched.counts.load).toBe(1)
    await two?.open(Session, 's1', { maxStaleMs: 60_000 })
    expect(watched.counts.load).toBe(2)
  })

  test.each([-1, Number.NaN, '5', null])('%s is refused', async maxStaleMs => {
    const { scopes } = await clocked(false)
    await expect(scopes.open(Session, 's1', { maxStaleMs: maxStaleMs as number })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })
})

test.each([
  [true, { session: false, client: false }],
  [false, { session: true, client: true }],
  [{ session: false }, { session: true, client: false }],
])('cluster: %j says which kinds memory may answer for', async (cluster, expected) => {
  const [one] = await processes(1, { cluster })
  expect({ session: one.answersFromMemory('session'), client: one.answersFromMemory('client') }).toEqual(expected)
})
