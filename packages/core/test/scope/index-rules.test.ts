import { describe, expect, test } from 'vitest'
import { type DocumentStore, type Scopes, defineScope, memoryStore } from '../../src/index.ts'
import { type IndexEntry, decodeIndex } from '../../src/index/index-document.ts'
import { type CallCounts, counted, processes } from './fixture.ts'

// The rules of the lease protocol §6, each with its trace: another process acts at one place between two calls of the store.

interface LoginState {
  user?: string | undefined
  hits: number
}

const Session = defineScope({
  kind: 'session',
  initial: (): LoginState => ({ hits: 0 }),
  idle: '30m',
  indexes: { user: state => state.user },
})

const annKey = 'index:shop:user:ann'
const ann = { index: 'user', value: 'ann' } as const
const login = (draft: LoginState): void => void (draft.user = 'ann')
const hit = (draft: LoginState): void => void draft.hits++

interface World {
  readonly inner: DocumentStore
  /** Whose calls are watched. */
  readonly one: Scopes
  readonly two: Scopes
  /** Runs `act` once, before the first call of `one` that fits. */
  readonly before: (operation: keyof CallCounts, key: string, act: () => Promise<unknown>) => void
  readonly named: () => Promise<readonly IndexEntry[]>
  readonly living: () => Promise<readonly string[]>
}

async function world(): Promise<World> {
  const inner = memoryStore()
  const watched = counted(inner)
  const [one] = await processes(1, { store: watched.store })
  const [two] = await processes(1, { store: inner })
  return {
    inner,
    one,
    two,
    before(operation, key, act) {
      let isDone = false
      watched.before = async (called, calledKey) => {
        if (isDone || called !== operation || !calledKey.endsWith(key)) return
        isDone = true
        await act()
      }
    },
    async named() {
      const stored = await inner.load(annKey)
      return stored ? decodeIndex(stored.bytes, annKey).entries : []
    },
    async living() {
      const ids = new Set<string>()
      for await (const change of two.feed({ since: 'beginning', kinds: [Session] })) {
        if (change.type === 'caught-up') return [...ids].toSorted()
        if ('value' in change && change.type !== 'ended') ids.add(change.key.id)
      }
      return []
    },
  }
}

describe('I1 index-first', () => {
  test('a session is in the index before it exists', async () => {
    const { one, before, named } = await world()
    let namedThen: readonly IndexEntry[] = []
    before('insert', ':s4', async () => (namedThen = await named()))
    const session = await one.open(Session, 's4')
    await session.update(login)
    expect(namedThen).toEqual([{ kind: 'session', id: 's4', life: session.life, version: 1, from: [] }])
  })

  test('a commit that changes the value enters the new index before it is sent, and leaves the old one afterwards', async () => {
    const { one, before, named } = await world()
    const session = await one.open(Session, 's1')
    await session.update(hit)
    let namedThen: readonly IndexEntry[] = []
    before('append', ':s1', async () => (namedThen = await named()))
    await session.update(login)
    expect(namedThen).toMatchObject([{ id: 's1', version: 2 }])
    before('append', ':s1', async () => (namedThen = await named()))
    await session.update(draft => void (draft.user = 'ben'))
    expect(namedThen).toMatchObject([{ id: 's1', version: 2 }])
    await session.update(hit)
    expect(await named()).toEqual([])
  })
})

describe('I2 tombstone-absent', () => {
  test('a session that is in the index and not created yet is refused when it is', async () => {
    const { one, two, before, living } = await world()
    before('insert', ':s4', () => two.endAll(Session, ann))
    const session = await one.open(Session, 's4')
    await expect(session.update(login)).rejects.toMatchObject({ code: 'ended', reason: 'ended', outcome: 'none' })
    expect(await living()).toEqual([])
  })

  test('so is one that is to be created over the end marker of another life', async () => {
    const { one, two, before, living } = await world()
    const earlier = await two.open(Session, 's4')
    await earlier.update(hit)
    await earlier.end('logout')
    before('replace', ':s4', () => two.endAll(Session, ann))
    const session = await one.open(Session, 's4')
    await expect(session.update(login)).rejects.toMatchObject({ code: 'ended', outcome: 'none' })
    expect(await living()).toEqual([])
    // What was there stays as it was.
    expect((await one.open(Session, 's4')).ended).toMatchObject({ detail: 'logout' })
  })

  test('so is a login on a session that is there already', async () => {
    const { one, two, before, living } = await world()
    const session = await one.open(Session, 's1')
    await session.update(hit)
    before('append', ':s1', () => two.endAll(Session, ann))
    await expect(session.update(login)).rejects.toMatchObject({ code: 'ended', reason: 'ended' })
    expect(await living()).toEqual([])
  })

  test('a login that lost a race does not try again when its name was taken out meanwhile; the session lives without it', async () => {
    const { one, two, before, named } = await world()
    const session = await one.open(Session, 's1')
    await session.update(hit)
    const other = await two.open(Session, 's1')
    before('append', ':s1', async () => {
      await other.update(hit)
      await two.endAll(Session, ann)
    })
    await expect(session.update(login)).rejects.toMatchObject({ code: 'ended', outcome: 'none' })
    expect((await two.open(Session, 's1')).value).toEqual({ hits: 2 })
    expect(await named()).toEqual([])
    // It may log in anew.
    await session.update(login)
    expect(await two.endAll(Session, ann)).toBe(1)
  })
})

describe('I3 refused-is-final', () => {
  test('a refused creation is not repeated under another life', async () => {
    const { inner, one, two, before, named } = await world()
    before('insert', ':s4', () => two.endAll(Session, ann))
    const session = await one.open(Session, 's4')
    await expect(session.update(login)).rejects.toMatchObject({ code: 'ended' })
    const marker = (await inner.load('session:shop:s4'))?.token
    await expect(session.update(hit)).resolves.toBeDefined()
    expect((await inner.load('session:shop:s4'))?.token).not.toBe(marker)
    expect((await two.open(Session, 's4')).value).toEqual({ hits: 1 })
    expect(await named()).toEqual([])
  })

  test('a creation that somebody else was faster with goes on as a commit, and leaves no name of what never was', async () => {
    const { one, two, before, named } = await world()
    before('insert', ':s4', async () => (await two.open(Session, 's4')).update(hit))
    const session = await one.open(Session, 's4')
    expect(await session.update(login)).toMatchObject({ version: 2 })
    await one.open(Session, 's4')
    await expect.poll(named).toMatchObject([{ id: 's4', life: session.life, version: 2 }])
  })
})

describe('I4 rotate-index-first, provisional, activate-by-token', () => {
  test('the new id is in the index, with where it came from, before its copy exists', async () => {
    const { one, before, named } = await world()
    const session = await one.open(Session, 's1')
    await session.update(login)
    let namedThen: readonly IndexEntry[] = []
    before('insert', '', async () => (namedThen = await named()))
    const next = await session.rotate()
    expect(namedThen).toMatchObject([{ id: 's1' }, { id: next.id, life: next.life, version: 1, from: [session.life] }])
    expect(await named()).toMatchObject([{ id: next.id }])
  })

  const steps = [
    ['load', annKey, 'before the new id is in the index'],
    ['insert', '', 'before the copy is made'],
    ['replace', ':s1', 'before the old id ends'],
    ['replace', '', 'before the index, and again before the copy is confirmed'],
    ['load', ':s1', 'at a look at the old id'],
  ] as const

  test.each(steps)(
    'endAll that comes between two steps of a rotation (%s %s: %s) leaves neither id alive',
    async (...step) => {
      const [operation, key] = step
      const { one, two, before, living, named } = await world()
      const session = await one.open(Session, 's1')
      await session.update(login)
      let isReached = false
      before(operation, key, async () => {
        isReached = true
        await two.endAll(Session, ann)
      })
      await session.rotate().then(
        next => expect(next.value).toBeDefined(),
        (error: unknown) => expect(error).toMatchObject({ code: 'ended', reason: 'ended' }),
      )
      if (operation === 'load' && key === ':s1') expect(isReached).toBe(false)
      else expect(isReached).toBe(true)
      await two.endAll(Session, ann)
      expect(await living()).toEqual([])
      expect(await named()).toEqual([])
    },
  )

  test('a copy that was ended before it was confirmed is not made alive: the rotation says that it has ended', async () => {
    const { one, two, before, living } = await world()
    const session = await one.open(Session, 's1')
    await session.update(login)
    let replaces = 0
    before('insert', '', async () => {
      before('replace', ':s1', async () => {
        // The next write is the confirmation.
        replaces++
        before('replace', '', () => two.endAll(Session, ann))
      })
    })
    await expect(session.rotate()).rejects.toMatchObject({ code: 'ended', reason: 'ended' })
    expect(replaces).toBe(1)
    expect(await living()).toEqual([])
    await expect(session.rotate()).rejects.toMatchObject({ code: 'ended' })
  })
})

describe('I5 follow-rotation', () => {
  test('endAll that meets a rotated marker ends what came from it, through several rotations', async () => {
    const { one, two, before, living, named } = await world()
    const session = await two.open(Session, 's1')
    await session.update(login)
    before('load', ':s1', async () => {
      const next = await (await session.rotate()).rotate()
      await next.rotate()
    })
    expect(await one.endAll(Session, ann)).toBe(1)
    expect(await living()).toEqual([])
    expect(await named()).toEqual([])
  })

  test('what a rotation left without the value is not ended', async () => {
    const { one, two, before, living } = await world()
    const session = await two.open(Session, 's1')
    await session.update(login)
    before('load', ':s1', () => session.rotate({ drop: ['user'] }))
    expect(await one.endAll(Session, ann)).toBe(0)
    expect(await living()).toHaveLength(1)
  })
})

describe('I6 index-by-token', () => {
  test('a login that comes while names are taken out keeps its own, and the next endAll finds it', async () => {
    const { one, two, before, living, named } = await world()
    await (await two.open(Session, 's1')).update(login)
    before('remove', annKey, async () => (await two.open(Session, 's9')).update(login))
    expect(await one.endAll(Session, ann)).toBe(1)
    expect(await living()).toEqual(['s9'])
    expect(await named()).toMatchObject([{ id: 's9' }])
    expect(await one.endAll(Session, ann)).toBe(1)
    expect(await living()).toEqual([])
  })

  test('a name that is late to be taken out does not take that of a later login of the same session with it', async () => {
    const { one, two, before, named } = await world()
    const session = await one.open(Session, 's1')
    await session.update(login)
    // One has stored ben, and is about to take s1 out of ann's index.
    let loads = 0
    before('insert', 'index:shop:user:ben', async () => {
      before('remove', annKey, async () => {
        loads++
        await (await two.open(Session, 's1')).update(login)
      })
    })
    await session.update(draft => void (draft.user = 'ben'))
    await session.update(hit)
    expect(loads).toBe(1)
    expect(await named()).toMatchObject([{ id: 's1', version: 3 }])
    expect(await two.endAll(Session, ann)).toBe(1)
  })
})

test('a commit that changes no indexed value asks no index, and costs two calls of the function', async () => {
  const watched = counted()
  const [one] = await processes(1, { store: watched.store })
  let calls = 0
  const Counted = defineScope({
    kind: 'session',
    initial: (): LoginState => ({ hits: 0 }),
    indexes: {
      user: state => {
        calls++
        return state.user
      },
    },
  })
  const session = await one.open(Counted, 's1')
  await session.update(login)
  calls = 0
  const { load, append } = watched.counts
  await session.update(hit)
  expect(calls).toBe(2)
  expect(watched.counts).toMatchObject({ load, append: append + 1, replace: 0 })
})
