import { describe, expect, test } from 'vitest'
import { type Scope, type Scopes, StoreUnavailableError, memoryStore, systemClock } from '../../src/index.ts'
import { Session, type SessionState, counted, processes } from './fixture.ts'

const aborted = { code: 'store-unavailable', outcome: 'none' }

/** One process behind a watched store, for which no time passes, and another on the store itself that writes unseen. */
async function rivals(): Promise<{
  readonly watched: ReturnType<typeof counted>
  readonly mine: Scope<SessionState>
  readonly slept: { during: () => void }
  readonly theirs: Scope<SessionState>
  readonly one: Scopes
}> {
  const store = memoryStore()
  const watched = counted(store)
  const slept = { during: (): void => {} }
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    // The look at overdue questions waits longer; only the pauses between tries are shorter.
    if (ms >= 100) return systemClock.sleep(ms, signal)
    slept.during()
    return Promise.resolve()
  }
  const [one] = await processes(1, { store: watched.store, clock: { ...systemClock, monotonic: () => 0, sleep } })
  const [two] = await processes(1, { store, process: 'other' })
  const mine = await one.open(Session, 's1')
  await mine.update(draft => void (draft.hits = 1))
  return { watched, mine, slept, theirs: await two.open(Session, 's1'), one }
}

function add(draft: SessionState): void {
  draft.hits++
}

describe('onConflict', () => {
  test("'rerun' runs the recipe again on the winner's state, 'merge' runs it once and merges, 'fail' gives up", async () => {
    const outcomes: unknown[] = []
    for (const onConflict of ['rerun', 'merge', 'fail'] as const) {
      const { watched, mine, theirs } = await rivals()
      watched.before = async operation => {
        watched.before = () => {}
        if (operation === 'append') await theirs.update(draft => void (draft.user = 'they'))
      }
      const runs: (string | undefined)[] = []
      const updating = mine.update(
        draft => {
          runs.push(draft.user)
          draft.hits++
        },
        { onConflict },
      )
      outcomes.push([
        await updating.then(
          ({ attempts, merged }) => ({ attempts, merged }),
          ({ code, attempts }: { code: string; attempts: number }) => ({ code, attempts }),
        ),
        runs,
        theirs.value.user,
        mine.value.hits,
      ])
    }
    expect(outcomes).toEqual([
      [{ attempts: 2, merged: false }, [undefined, 'they'], 'they', 2],
      [{ attempts: 2, merged: true }, [undefined], 'they', 2],
      [{ code: 'conflict', attempts: 0 }, [undefined], 'they', 1],
    ])
  })
})

describe('attempts', () => {
  test.each([1, 2, 5])(
    '%i: so many requests are sent for a commit that loses each time, and no more',
    async attempts => {
      const { watched, mine, theirs } = await rivals()
      watched.before = async operation => {
        if (operation === 'append') await theirs.update(add)
      }
      const { append, replace } = watched.counts
      await expect(mine.update(add, { attempts })).rejects.toMatchObject({
        code: 'conflict',
        attempts,
        outcome: 'none',
      })
      expect(watched.counts.append + watched.counts.replace - append - replace).toBe(attempts)
    },
  )
})

describe('an update that is aborted', () => {
  test('while it waits in the queue is not sent, and its neighbours are written', async () => {
    const { watched, mine } = await rivals()
    const abort = new AbortController()
    watched.before = operation => {
      if (operation !== 'append') return
      watched.before = () => {}
      abort.abort()
    }
    const first = mine.update(add)
    await Promise.resolve()
    await Promise.resolve()
    const queued = mine.update(draft => void (draft.user = 'me'), { signal: abort.signal })
    const last = mine.update(add)
    await expect(queued).rejects.toMatchObject(aborted)
    await Promise.all([first, last])
    expect(mine.value).toMatchObject({ hits: 3 })
    expect(mine.value.user).toBeUndefined()
  })

  test('while it lingers for the turns of others is not sent', async () => {
    const { watched, mine, slept, theirs } = await rivals()
    watched.before = async operation => {
      if (operation !== 'append') return
      watched.before = () => {}
      await theirs.update(add)
    }
    await mine.update(add)
    const abort = new AbortController()
    let lingered = 0
    slept.during = () => {
      lingered++
      abort.abort()
    }
    const { append } = watched.counts
    await expect(mine.update(add, { signal: abort.signal })).rejects.toMatchObject(aborted)
    expect(lingered).toBe(1)
    expect(watched.counts.append).toBe(append)
    expect(mine.value.hits).toBe(3)
  })

  test('while its request is under way is done when that is executed', async () => {
    const { watched, mine } = await rivals()
    const abort = new AbortController()
    watched.before = operation => void (operation === 'append' && abort.abort())
    expect(await mine.update(add, { signal: abort.signal })).toMatchObject({ version: 2 })
    expect(mine.value.hits).toBe(2)
  })

  test('while its request is under way is not sent again when that is refused', async () => {
    const { watched, mine, theirs } = await rivals()
    const abort = new AbortController()
    watched.before = async operation => {
      if (operation !== 'append') return
      abort.abort()
      await theirs.update(add)
    }
    const { append } = watched.counts
    await expect(mine.update(add, { signal: abort.signal })).rejects.toMatchObject(aborted)
    expect(watched.counts.append).toBe(append + 1)
    expect(mine.value.hits).toBe(2)
  })

  test('in the pause after a failed load is not sent again', async () => {
    const { watched, mine, slept, theirs } = await rivals()
    const abort = new AbortController()
    watched.before = async operation => {
      if (operation === 'append') await theirs.update(add)
      if (operation !== 'load') return
      watched.before = () => {}
      throw new StoreUnavailableError('The store is away.', { outcome: 'none' })
    }
    let pauses = 0
    slept.during = () => {
      pauses++
      abort.abort()
    }
    const { append } = watched.counts
    await expect(mine.update(add, { signal: abort.signal })).rejects.toMatchObject(aborted)
    expect(pauses).toBe(1)
    expect(watched.counts.append).toBe(append + 1)
    expect(mine.value.hits).toBe(2)
  })
})
