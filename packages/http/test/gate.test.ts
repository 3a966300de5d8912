import { type Scopes, defineScope, memoryStore, openScopes } from '@scopes/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RequestMeta, type ScopeGate, type ScopeRequest, createGate, httpDiagnostics } from '../src/index.ts'
import { ObservedStore } from './behaviour/observed-store.ts'
import { Session, type ShopDefinitions, definitions } from './behaviour/shop-scopes.ts'
import { published } from './published.ts'

const plain: RequestMeta = { isSecure: () => false }

let store: ObservedStore
let scopes: Scopes
let gate: ScopeGate<ShopDefinitions>

beforeEach(async () => {
  store = new ObservedStore(memoryStore())
  scopes = await openScopes({ application: 'shop', store, reaper: false, commitTimeoutMs: 2000 })
  gate = createGate(scopes, definitions)
})

afterEach(() => scopes.close())

/** A request of a visitor to whom one hit is stored. */
async function knownVisitor(meta: RequestMeta = plain): Promise<ScopeRequest<ShopDefinitions>> {
  const scope = scopes.create(Session)
  await scope.update(draft => void draft.hits++)
  store.resetCounts()
  return gate.begin(`session=${scope.id}`, meta)
}

describe('beforeHeaders', () => {
  test('with nothing to commit says so in the same tick, and closes the request', async () => {
    const request = await knownVisitor()
    await request.open('session')
    expect(request.phase).toBe('open')
    expect(request.beforeHeaders(200)).toBeUndefined()
    expect(request.phase).toBe('closed')
    expect(request.beforeHeaders(200)).toBeUndefined()
  })

  test('called again while it commits settles with the first call: one commit', async () => {
    const request = await knownVisitor()
    ;(await request.open('session')).draft.hits++
    const first = request.beforeHeaders(200)
    expect(request.phase).toBe('committing')
    const second = request.beforeHeaders(200)
    expect(second).toBe(first)
    await Promise.all([first, second])
    expect(request.phase).toBe('closed')
    expect(store.writes).toBe(1)
  })

  test('rejects with the original error; then the request is abandoned and the error page may leave at once', async () => {
    const request = await knownVisitor()
    const session = await request.open('session')
    session.draft.hits++
    store.failsWrites = true
    await expect(request.beforeHeaders(200)).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(request.phase).toBe('abandoned')
    expect(request.beforeHeaders(200)).toBeUndefined()
    expect(request.phase).toBe('abandoned')
    expect(session.value.hits).toBe(1)
    expect(() => session.draft).toThrow(expect.objectContaining({ code: 'headers-sent' }))
    store.failsWrites = false
    await session.update(draft => void (draft.user = 'told'))
    expect(session.value).toMatchObject({ hits: 1, user: 'told' })
  })

  test('a status from 500 on abandons the drafts at once', async () => {
    const request = await knownVisitor()
    const session = await request.open('session')
    session.draft.hits++
    expect(request.beforeHeaders(500)).toBeUndefined()
    expect(request.phase).toBe('abandoned')
    expect(session.value.hits).toBe(1)
    expect(store.writes).toBe(0)
  })

  test('one scope of two fails: the error is told, the other is stored, and only its cookie is true', async () => {
    const request = gate.begin(undefined, plain)
    ;(await request.open('client')).draft.visits++
    const session = await request.open('session')
    session.draft.cart.push('x'.repeat(2_000_000))
    await expect(request.beforeHeaders(200)).rejects.toMatchObject({ code: 'too-large' })
    expect(request.setCookies()).toEqual([expect.stringMatching(/^client=/)])
  })

  test('waits for what was begun and not awaited: its cookie is true, its failure stays with the caller', async () => {
    const request = gate.begin(undefined, plain)
    const session = await request.open('session')
    const writing = store.holdWrites()
    const updated = session.update(draft => void draft.hits++)
    const settled = request.beforeHeaders(500)
    expect(settled).toBeInstanceOf(Promise)
    writing.open()
    await settled
    await updated
    expect(request.setCookies()).toEqual([expect.stringMatching(/^session=/)])
  })

  test('a commitWhen that throws fails the answer', async () => {
    const strict = createGate(scopes, definitions, {
      commitWhen: () => {
        throw new Error('undecided')
      },
    })
    await expect(strict.begin(undefined, plain).beforeHeaders(200)).rejects.toThrow('undecided')
  })
})

describe('isDirty', () => {
  test('is true from the first change of a draft until it is stored', async () => {
    const request = await knownVisitor()
    const session = await request.open('session')
    expect(request.isDirty).toBe(false)
    expect(session.draft.hits).toBe(1)
    expect(request.isDirty).toBe(false)
    session.draft.hits++
    expect(request.isDirty).toBe(true)
    await session.commit()
    expect(request.isDirty).toBe(false)
  })

  test('stays true when a commit has failed, and the draft says what to do', async () => {
    const request = await knownVisitor()
    const session = await request.open('session')
    session.draft.hits++
    store.failsWrites = true
    await expect(session.commit()).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(request.isDirty).toBe(true)
    expect(session.value.hits).toBe(2)
    expect(() => session.draft).toThrow(expect.objectContaining({ code: 'uncommitted' }))
    store.failsWrites = false
    await request.beforeHeaders(200)
    expect(request.phase).toBe('closed')
    expect(session.value.hits).toBe(2)
  })

  test('is not true for what others changed', async () => {
    const request = await knownVisitor()
    const session = await request.open('session')
    expect(session.draft.hits).toBe(1)
    await (await scopes.open(Session, session.id)).update(draft => void draft.hits++)
    expect(request.isDirty).toBe(false)
  })
})

describe('a draft', () => {
  test('commit() without changes is undefined; after commit() another draft may begin', async () => {
    const request = await knownVisitor()
    const session = await request.open('session')
    expect(await session.commit()).toBeUndefined()
    session.draft.hits++
    expect(await session.commit()).toMatchObject({ version: 2 })
    session.draft.hits++
    await request.beforeHeaders(200)
    expect(session.value.hits).toBe(3)
    expect(store.writes).toBe(2)
  })

  test('that is committed twice at the same time is stored once', async () => {
    const request = await knownVisitor()
    const session = await request.open('session')
    session.draft.cart.push('tea')
    await Promise.all([session.commit(), session.commit(), request.beforeHeaders(200)])
    expect(session.value.cart).toEqual(['tea'])
    expect(store.writes).toBe(1)
  })

  test('after the head throws headers-sent, and the change is told on a channel', async () => {
    const messages = published(httpDiagnostics.lateChange)
    const request = gate.begin(undefined, plain)
    const session = await request.open('session')
    expect(request.beforeHeaders(200)).toBeUndefined()
    request.setCookies()
    expect(() => session.draft).toThrow(expect.objectContaining({ code: 'headers-sent' }))
    await expect(session.update(draft => void draft.hits++)).rejects.toMatchObject({ code: 'headers-sent' })
    await expect(session.rotate()).rejects.toMatchObject({ code: 'headers-sent' })
    expect(messages.take()).toEqual([
      expect.objectContaining({ key: session.scope.key }),
      expect.objectContaining({ key: session.scope.key }),
      expect.objectContaining({ key: session.scope.key }),
    ])
    expect(store.writes).toBe(0)
  })

  test('asks the adapter once to watch the answer, and reading does not; too late is the same as after the head', async () => {
    let asked = 0
    const watch = (answer: boolean): RequestMeta => ({ ...plain, watchAnswer: () => (asked++, answer) })
    const request = await knownVisitor(watch(true))
    const session = await request.open('session')
    expect(session.value.hits).toBe(1)
    expect(asked).toBe(0)
    session.draft.hits++
    session.draft.hits++
    await session.commit()
    await session.update(draft => void draft.hits++)
    expect(asked).toBe(1)
    const late = await knownVisitor(watch(false))
    const lateSession = await late.open('session')
    expect(() => lateSession.draft).toThrow(expect.objectContaining({ code: 'headers-sent' }))
    expect(late.phase).toBe('closed')
    await lateSession.update(draft => void draft.hits++)
    expect(lateSession.value.hits).toBe(2)
  })

  test('is there at the second try when the name of the request could not be told at the first', async () => {
    let asked = 0
    const request = await knownVisitor({
      ...plain,
      get requestId(): string {
        if (asked++ === 0) throw new Error('no name yet')
        return 'request-1'
      },
    })
    await expect(request.open('session')).rejects.toThrow('no name yet')
    expect((await request.open('session')).value.hits).toBe(1)
  })

  test('of a session that was announced by the head: update() still works', async () => {
    const request = gate.begin(undefined, plain)
    const session = await request.open('session')
    session.draft.hits++
    await request.beforeHeaders(200)
    expect(request.setCookies()).toHaveLength(1)
    await session.update(draft => void draft.hits++)
    expect(session.value.hits).toBe(2)
  })

  test('after end() throws ended, and opened() gives a new scope without a load', async () => {
    const request = await knownVisitor()
    const session = await request.open('session')
    await session.end('logout')
    store.resetCounts()
    expect(() => session.draft).toThrow(expect.objectContaining({ code: 'ended', reason: 'ended' }))
    expect(session.value.hits).toBe(0)
    const next = request.opened('session')
    expect(next.id).not.toBe(session.id)
    expect(await request.open('session')).toBe(next)
    expect(store.loads).toBe(0)
  })
})

describe('end', () => {
  test('resolves when somebody else had ended the scope, and clears the cookie', async () => {
    const request = await knownVisitor()
    const session = await request.open('session')
    // Another process, so that this one learns of the end only by being refused.
    const elsewhere = await openScopes({ application: 'shop', store })
    await (await elsewhere.open(Session, session.id)).end('elsewhere')
    expect(session.scope.isStored).toBe(true)
    await session.end('logout')
    expect(request.setCookies()).toEqual([expect.stringMatching(/^session=; Max-Age=0;/)])
  })

  test('clears a cookie that names nothing, because the visitor asked to be forgotten', async () => {
    const request = gate.begin('session=unknown-0123456789', plain)
    await (await request.open('session')).end('logout')
    expect(request.setCookies()).toEqual([expect.stringMatching(/^session=; Max-Age=0;/)])
    expect(store.writes).toBe(0)
  })

  test('that fails keeps the draft and the cookie', async () => {
    const request = await knownVisitor()
    const session = await request.open('session')
    session.draft.hits++
    store.failsWrites = true
    await expect(session.end('logout')).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(session.value.hits).toBe(2)
    expect(request.setCookies()).toEqual([])
  })

  test('that nobody awaited drops the draft and clears the cookie all the same', async () => {
    const request = await knownVisitor()
    const session = await request.open('session')
    session.draft.hits++
    const ended = session.end('logout')
    await request.beforeHeaders(200)
    expect(request.setCookies()).toEqual([expect.stringMatching(/^session=; Max-Age=0;/)])
    expect(store.writes).toBe(1)
    await ended
  })

  test('of what is being created in the same request leaves nothing behind', async () => {
    const request = gate.begin(undefined, plain)
    const session = await request.open('session')
    void session.update(draft => void draft.hits++)
    await session.end('logout')
    expect((await scopes.open(Session, session.id)).ended).toMatchObject({ reason: 'ended', detail: 'logout' })
    expect(request.setCookies()).toEqual([])
  })
})

describe('rotate', () => {
  test('of what is being created in the same request waits for it', async () => {
    const request = gate.begin(undefined, plain)
    const session = await request.open('session')
    const { id } = session
    void session.update(draft => void draft.hits++)
    await session.rotate()
    expect(session.id).not.toBe(id)
    expect(session.value.hits).toBe(1)
    expect(request.setCookies()).toEqual([expect.stringContaining(session.id)])
  })

  test('a moment ago by another request: nothing that this request does begins a session or sets a cookie', async () => {
    const old = scopes.create(Session)
    await old.update(draft => void draft.hits++)
    await old.rotate()
    const request = gate.begin(`session=${old.id}`, plain)
    const session = await request.open('session')
    expect(session.value.hits).toBe(0)
    await session.end('logout')
    expect(await request.open('session')).toBe(session)
    const refused = { code: 'ended', reason: 'rotated', outcome: 'none' }
    await expect(session.scope.update(draft => void draft.hits++)).rejects.toMatchObject(refused)
    await expect(session.scope.setLifetime({ idle: '1h' })).rejects.toMatchObject(refused)
    await expect(session.scope.rotate()).rejects.toMatchObject(refused)
    expect(session.scope.ended).toMatchObject({ reason: 'rotated' })
    session.draft.hits++
    await expect(request.beforeHeaders(200)).rejects.toMatchObject({ code: 'ended', reason: 'rotated' })
    expect(request.setCookies()).toEqual([])
    expect((await scopes.open(Session, old.id)).isStored).toBe(false)
  })
})

test('what is wrong with the definition is not taken for an id that nobody can have', async () => {
  const others = await openScopes({ application: 'shop', store: memoryStore() })
  const Other = defineScope({ kind: 'session', initial: () => ({}) })
  await (await others.open(Other, 'x')).end()
  const request = createGate(others, definitions).begin('session=x', plain)
  await expect(request.open('session')).rejects.toMatchObject({ code: 'invalid-argument' })
  await others.close()
})

test('an id that is too long for a key of the application counts as none', async () => {
  const application = 'a'.repeat(200)
  const longNamed = await openScopes({ application, store: memoryStore() })
  const request = createGate(longNamed, definitions).begin(`session=${'x'.repeat(100)}`, plain)
  expect(await request.open('session')).toMatchObject({ isNew: true })
  await longNamed.close()
})

describe('what the gate asks about a request', () => {
  test('nothing, when nothing is opened or written', async () => {
    const asked: string[] = []
    const request = await knownVisitor({
      isSecure: () => asked.push('isSecure') > 0,
      mayRenew: () => asked.push('mayRenew') > 0,
    })
    await request.open('session')
    expect(request.beforeHeaders(200)).toBeUndefined()
    request.setCookies()
    expect(asked).toEqual([])
  })

  test('its name, for the origin of its commits', async () => {
    const request = await knownVisitor({ ...plain, requestId: 'request-7' })
    const session = await request.open('session')
    session.draft.hits++
    await request.beforeHeaders(200)
    expect(session.scope.history().at(-1)?.origin.request).toBe('request-7')
  })

  test('a signal, which cancels loads', async () => {
    const request = await knownVisitor({ ...plain, signal: AbortSignal.abort() })
    await expect(request.open('session')).rejects.toThrow()
  })

  test('whether it may renew, only when a renewal is due', async () => {
    let now = Date.now()
    const clock = { now: () => now, monotonic: () => performance.now(), sleep: () => Promise.resolve() }
    const later = await openScopes({ application: 'shop', store: memoryStore({ clock }), clock, reaper: false })
    const asking = createGate(later, definitions, { now: clock.now })
    const scope = later.create(Session)
    await scope.update(draft => void draft.hits++)
    now += 10 * 60_000
    const before = scope.deadline
    const request = asking.begin(`session=${scope.id}`, { ...plain, mayRenew: () => false })
    await request.open('session')
    expect(request.beforeHeaders(200)).toBeUndefined()
    expect((await later.open(Session, scope.id)).deadline).toBe(before)
    await later.close()
  })
})

test('a name that the gate does not have is an invalid argument', async () => {
  const request = gate.begin(undefined, plain) as unknown as ScopeRequest<Record<string, typeof Session>>
  await expect(request.open('toString')).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(() => createGate(scopes, definitions, { commitWhen: 500 as never })).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  )
})

test('a renewal that fails is told on a channel', async () => {
  let now = Date.now()
  const clock = { now: () => now, monotonic: () => performance.now(), sleep: () => Promise.resolve() }
  const failing = new ObservedStore(memoryStore({ clock }))
  const later = await openScopes({ application: 'shop', store: failing, clock, reaper: false, commitTimeoutMs: 2000 })
  const scope = later.create(Session)
  await scope.update(draft => void draft.hits++)
  now += 10 * 60_000
  const messages = published(httpDiagnostics.renewalFailed)
  const request = createGate(later, definitions, { now: clock.now }).begin(`session=${scope.id}`, plain)
  await request.open('session')
  failing.failsWrites = true
  expect(request.beforeHeaders(200)).toBeUndefined()
  await messages.count(1)
  expect(messages.take()).toEqual([expect.objectContaining({ key: scope.key })])
  await later.close()
})

test('with backup behind, a new visitor gets his cookie before the store has the session', async () => {
  const slow = new ObservedStore(memoryStore())
  const behind = await openScopes({ application: 'shop', store: slow, cluster: false, backup: 'behind' })
  const writing = slow.holdWrites()
  const request = createGate(behind, definitions).begin(undefined, plain)
  const session = await request.open('session')
  session.draft.hits++
  await request.beforeHeaders(200)
  expect(request.setCookies()).toEqual([expect.stringMatching(/^session=/)])
  writing.open()
  await behind.close()
})
