import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DocumentStore, type Scopes, decodeDocument, memoryStore, openScopes } from '../../src/index.ts'
import { Session, counted } from '../scope/fixture.ts'
import { gate, refusalOf } from './gate.ts'
import { SteppingClock, settled } from './stepping-clock.ts'

const leaseMs = 900
const name = 'till'
let time: SteppingClock
let store: ReturnType<typeof counted>
const opened: Scopes[] = []

beforeEach(() => {
  time = new SteppingClock()
  store = counted(memoryStore({ clock: time }))
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map(scopes => scopes.close()))
})

async function open(process: string, options: { clock?: SteppingClock; store?: DocumentStore } = {}): Promise<Scopes> {
  const scopes = await openScopes({ application: 'shop', process, store: store.store, clock: time, ...options })
  opened.push(scopes)
  return scopes
}

async function hits(): Promise<number> {
  const scopes = await open('judge')
  return (await scopes.open(Session, 'a')).value.hits
}

/** A holds the lock on a machine that stands still, with its clock; B has waited for its lease and holds the lock. */
async function overtaken(): Promise<{
  readonly wake: () => void
  readonly outcome: Promise<unknown>
  /** The successor counts one more and gives the lock back. */
  readonly write: () => Promise<unknown>
  readonly others: Scopes
}> {
  const [sleeping, others] = [await open('A', { clock: new SteppingClock() }), await open('B')]
  const session = await sleeping.open(Session, 'a')
  await session.update(draft => void (draft.hits = 1))
  const sleep = gate()
  const outcome = sleeping.lock({ name, leaseMs }, async lock => {
    await sleep.passed
    expect(lock.signal.aborted).toBe(false)
    await session.update(draft => void (draft.hits += 100))
  })
  outcome.catch(() => undefined)
  await settled()
  const entered = gate()
  const body = gate()
  const second = others.lock({ name, leaseMs }, async () => {
    const own = await others.open(Session, 'a')
    entered.open()
    await body.passed
    await own.update(draft => void draft.hits++)
  })
  await time.advance(2 * leaseMs)
  await entered.passed
  return {
    wake: sleep.open,
    outcome,
    write: () => {
      body.open()
      return second
    },
    others,
  }
}

test('L8 fence: a holder who stood still writes nothing over what his successor has written', async () => {
  const { write, wake, outcome } = await overtaken()
  await write()
  wake()
  await expect(outcome).rejects.toMatchObject({ code: 'lock-lost', outcome: 'none', lock: 'lock:n:till' })
  expect(await hits()).toBe(2)
})

test('before the first write of the successor a late write may land; the successor’s is then computed on it', async () => {
  const { write, wake, outcome } = await overtaken()
  wake()
  await outcome
  await write()
  expect(await hits()).toBe(102)
})

test('L8 also holds for a later life of the lock document: its tokens go on where those of the removed one ended', async () => {
  const { write, wake, outcome, others } = await overtaken()
  await write()
  // Given back, removed and taken again.
  await others.lock({ name }, async () => (await others.open(Session, 'a')).update(draft => void draft.hits++))
  wake()
  await expect(outcome).rejects.toMatchObject({ code: 'lock-lost' })
  expect(await hits()).toBe(3)
})

test('the end and the rotation of a scope are writes too: a holder who was overtaken does neither', async () => {
  for (const act of ['end', 'rotate'] as const) {
    time = new SteppingClock()
    store = counted(memoryStore({ clock: time }))
    const [sleeping, others] = [await open('A', { clock: new SteppingClock() }), await open('B')]
    const session = await sleeping.open(Session, 'a')
    await session.update(draft => void (draft.hits = 1))
    const sleep = gate()
    const outcome = sleeping.lock({ name, leaseMs }, async () => {
      await sleep.passed
      await session[act]()
    })
    const refused = refusalOf(outcome)
    await settled()
    const second = others.lock({ name, leaseMs }, async () =>
      (await others.open(Session, 'a')).update(draft => void draft.hits++),
    )
    await time.advance(2 * leaseMs)
    await second
    sleep.open()
    expect(await refused).toMatchObject({ code: 'lock-lost' })
    expect(await hits()).toBe(2)
  }
})

test('a rotated scope keeps its fences: they hold under the new id', async () => {
  const scopes = await open('A')
  const session = await scopes.open(Session, 'a')
  await session.update(draft => void draft.hits++)
  await scopes.lock({ name }, () => session.update(draft => void draft.hits++))
  const next = await session.rotate()
  const raised = async (): Promise<unknown> => {
    const stored = await store.store.load(`session:shop:${next.id}`)
    const document = stored && decodeDocument(stored.bytes)
    return document?.type === 'live' && document.facts.fences?.tokens.has('lock:n:till')
  }
  expect(await raised()).toBe(true)
})

test.each([
  { what: 'and begun again by somebody without the lock', isBegun: true, isEndedUnderLock: false },
  { what: 'under the lock, as his only write', isBegun: true, isEndedUnderLock: true },
  { what: 'and is nothing but an end marker', isBegun: false, isEndedUnderLock: true },
])(
  'L8 holds for a later life of the scope too: after his successor it was ended $what',
  async ({ isBegun, isEndedUnderLock }) => {
    const [sleeping, others] = [await open('A', { clock: new SteppingClock() }), await open('B')]
    const session = await others.open(Session, 'a')
    await session.update(draft => void (draft.hits = 1))
    const sleep = gate()
    const outcome = sleeping.lock({ name, leaseMs }, async () => {
      await sleep.passed
      const own = await sleeping.open(Session, 'a')
      await own.update(draft => void (draft.hits += 100))
    })
    const refused = refusalOf(outcome)
    await settled()
    const second = others.lock({ name, leaseMs }, async () => {
      await (isEndedUnderLock ? session.end() : session.update(draft => void draft.hits++))
    })
    await time.advance(2 * leaseMs)
    await second
    if (!isEndedUnderLock) await session.end()
    if (isBegun) await (await others.open(Session, 'a')).update(draft => void (draft.hits = 7))
    sleep.open()
    expect(await refused).toMatchObject({ code: 'lock-lost', outcome: 'none' })
    expect(await hits()).toBe(isBegun ? 7 : 0)
  },
)

test('a lost lock refuses at once, without asking the store; what it had written stands, and the result is the body’s', async () => {
  const scopes = await open('A')
  const session = await scopes.open(Session, 'a')
  const result = scopes.lock({ name, leaseMs }, async lock => {
    await session.update(draft => void draft.hits++)
    store.before = (_, key) => (key.startsWith('lock:') ? Promise.reject(new Error('cut off')) : undefined)
    await time.advance(leaseMs)
    expect(lock.signal.reason).toMatchObject({ code: 'lock-lost' })
    const before = { ...store.counts }
    await expect(session.update(draft => void draft.hits++)).rejects.toMatchObject({ code: 'lock-lost' })
    const { load, append, replace } = store.counts
    expect({ load, append, replace }).toEqual({ load: before.load, append: before.append, replace: before.replace })
    store.before = () => {}
    return 'done'
  })
  expect(await result).toBe('done')
  expect(await hits()).toBe(1)
})

test('L9 readers-do-not-fence: readers do not shut each other out, and their writes raise no fence', async () => {
  const [one, other] = [await open('A'), await open('B')]
  const bothIn = gate()
  const firstIn = gate()
  const secondWrote = gate()
  const late = one.lock({ name, type: 'readonly' }, async () => {
    firstIn.open()
    await Promise.all([bothIn.passed, secondWrote.passed])
    await (await one.open(Session, 'a')).update(draft => void draft.hits++)
  })
  await firstIn.passed
  const early = other.lock({ name, type: 'readonly' }, async () => {
    bothIn.open()
    await (await other.open(Session, 'a')).update(draft => void draft.hits++)
    secondWrote.open()
  })
  await Promise.all([late, early])
  expect(await hits()).toBe(2)
})

test('L9: what a writer has written shuts out a reader who held the lock before him', async () => {
  const [sleeping, others] = [await open('A', { clock: new SteppingClock() }), await open('B')]
  const session = await sleeping.open(Session, 'a')
  await session.update(draft => void (draft.hits = 1))
  const sleep = gate()
  const outcome = sleeping.lock({ name, leaseMs, type: 'readonly' }, async () => {
    await sleep.passed
    await session.update(draft => void (draft.hits += 100))
  })
  const refused = refusalOf(outcome)
  await settled()
  const second = others.lock({ name, leaseMs }, async () =>
    (await others.open(Session, 'a')).update(draft => void draft.hits++),
  )
  await time.advance(2 * leaseMs)
  await second
  sleep.open()
  expect(await refused).toMatchObject({ code: 'lock-lost' })
  expect(await hits()).toBe(2)
})

test('L9: with several places nobody fences anybody', async () => {
  const [one, other] = [await open('A'), await open('B')]
  const otherWrote = gate()
  const first = one.lock({ name, amount: 2 }, async () => {
    await otherWrote.passed
    await (await one.open(Session, 'a')).update(draft => void draft.hits++)
  })
  await settled()
  await other.lock({ name, amount: 2 }, async () => (await other.open(Session, 'a')).update(draft => void draft.hits++))
  otherWrote.open()
  await first
  expect(await hits()).toBe(2)
})

test('L10 settle-before-release: the lock is not given back before every write of the body has landed', async () => {
  const scopes = await open('A')
  const session = await scopes.open(Session, 'a')
  await session.update(draft => void draft.hits++)
  const held = gate()
  const events: string[] = []
  store.before = async operation => {
    events.push(operation)
    if (operation === 'append') await held.passed
  }
  const lock = scopes.lock({ name }, () => {
    // Begun, and not awaited by the body.
    void session.update(draft => void draft.hits++)
  })
  await settled()
  expect(events).toEqual(['insert', 'append'])
  held.open()
  await lock
  expect(events).toEqual(['insert', 'append', 'remove'])
})

test('L10: a lock is not given back while a write of its body may still land; it is left to be taken for dead', async () => {
  const scopes = await openScopes({
    application: 'shop',
    process: 'A',
    store: store.store,
    clock: time,
    commitTimeoutMs: 200,
  })
  opened.push(scopes)
  const session = await scopes.open(Session, 'a')
  await session.update(draft => void draft.hits++)
  store.before = (_, key) => (key.startsWith('lock:') ? undefined : Promise.reject(new Error('no answer')))
  const locked = scopes.lock({ name, leaseMs }, () => session.update(draft => void draft.hits++))
  const refused = refusalOf(locked)
  await time.advance(1000)
  expect(await refused).toMatchObject({ outcome: 'unknown' })
  expect(store.counts.remove).toBe(0)
  store.before = () => {}
  const others = await open('B')
  const second = others.lock({ name, leaseMs, timeoutMs: 10 * leaseMs }, () => 'mine')
  await time.advance(0.9 * leaseMs)
  expect(await Promise.race([second, Promise.resolve('waits')])).toBe('waits')
  await time.advance(0.5 * leaseMs)
  expect(await second).toBe('mine')
})

test('what a body has left running is not under the lock any more: it writes as everybody does, and takes the lock anew', async () => {
  const scopes = await open('A')
  const session = await scopes.open(Session, 'a')
  const later = gate()
  let straggler: Promise<unknown> = Promise.resolve()
  const tokens: bigint[] = []
  await scopes.lock({ name }, lock => {
    tokens.push(lock.fencingToken)
    straggler = later.passed.then(async () => {
      await session.update(draft => void draft.hits++)
      await scopes.lock({ name }, again => tokens.push(again.fencingToken))
    })
  })
  later.open()
  await straggler
  expect(await hits()).toBe(1)
  expect(new Set(tokens).size).toBe(2)
})

test('nested locks: a write carries the fence of each', async () => {
  const scopes = await open('A')
  const session = await scopes.open(Session, 'a')
  await scopes.lock({ name: 'a' }, () =>
    scopes.lock({ name: 'b', type: 'readonly' }, () =>
      scopes.lock({ name: 'c' }, async () => {
        await session.update(draft => void draft.hits++)
        await session.update(draft => void draft.hits++)
      }),
    ),
  )
  const stored = await store.store.load('session:shop:a')
  const document = stored && decodeDocument(stored.bytes)
  expect(document?.type === 'live' && document.tail.map(({ fences }) => fences?.map(({ lock }) => lock))).toEqual([
    ['lock:n:a', 'lock:n:c'],
  ])
  expect(document?.type === 'live' && [...(document.facts.fences?.tokens.keys() ?? [])].toSorted()).toEqual([
    'lock:n:a',
    'lock:n:c',
  ])
})

test('with backup behind, what is written under a lock is stored before the lock is given back', async () => {
  const scopes = await openScopes({
    application: 'shop',
    process: 'A',
    store: store.store,
    clock: time,
    cluster: false,
    backup: 'behind',
  })
  opened.push(scopes)
  const session = await scopes.open(Session, 'a')
  await session.update(draft => void draft.hits++)
  await scopes.lock({ name }, () => session.update(draft => void draft.hits++))
  expect(await hits()).toBe(2)
})

test('a commit without locks carries nothing of them', async () => {
  const scopes = await open('A')
  const session = await scopes.open(Session, 'a')
  await session.update(draft => void draft.hits++)
  const { appended } = store.counts
  await session.update(draft => void draft.hits++)
  const free = store.counts.appended - appended
  await scopes.lock({ name: 'a lock with a long name' }, () => session.update(draft => void draft.hits++))
  const locked = store.counts.appended - appended - free
  await session.update(draft => void draft.hits++)
  expect(store.counts.appended - appended - free - locked).toBe(free)
  expect(locked).toBeGreaterThan(free)
})
