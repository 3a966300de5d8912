import { getEventListeners } from 'node:events'
import { InvalidArgumentError, type Scope, type Scopes } from '@scopes/core'
import { manualClock } from '@scopes/testing'
import { describe, expect, test } from 'vitest'
import { createGate } from '../../src/index.ts'
import { type ScopeEventsOptions, scopeEvents } from '../../src/sse.ts'
import { bindSocket } from '../../src/ws.ts'
import { Session, type SessionState, definitions } from '../behaviour/shop-scopes.ts'
import { openShop } from '../open-shop.ts'

const project: ScopeEventsOptions<SessionState>['project'] = ({ cart }) => ({ cart })

async function openSession(scopes: Scopes, id = 'visitor'): Promise<Scope<SessionState>> {
  const session = await scopes.open(Session, id)
  await session.update(draft => void draft.cart.push('pen'))
  return session
}

/** The next piece of text that is no heartbeat and no setting. */
async function nextOf(events: AsyncIterator<string>): Promise<string | undefined> {
  for (;;) {
    const { done, value } = await events.next()
    if (done) return undefined
    if (value.includes('event: ')) return value
  }
}

describe('events of a scope', () => {
  test('the value comes first, projected, with the stamp as its id; then each later one', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    await using events = disposable(scopeEvents(session, { project }))
    expect(await events.iterator.next()).toEqual({ done: false, value: 'retry: 1000\n\n' })
    expect(await nextOf(events.iterator)).toBe(`id: ${session.stamp}\nevent: value\ndata: {"cart":["pen"]}\n\n`)
    await session.update(draft => void draft.cart.push('ink\n'))
    expect(await nextOf(events.iterator)).toBe(
      `id: ${session.stamp}\nevent: value\ndata: {"cart":["pen","ink\\n"]}\n\n`,
    )
  })

  test('what is no scope is refused; of what a handler holds the message says what to give', async () => {
    const { scopes } = await openShop()
    const held = await createGate(scopes, definitions)
      .begin(undefined, { isSecure: () => false })
      .open('session')
    const socket = { send: () => {}, close: () => {}, on: () => {}, off: () => {} }
    for (const [bad, shown] of [
      [held, '`.scope`'],
      [undefined, 'scopes.open'],
      [scopes.open(Session, 'visitor'), 'scopes.open'],
    ] as const) {
      expect(() => scopeEvents(bad as never, { project })).toThrow(InvalidArgumentError)
      expect(() => scopeEvents(bad as never, { project })).toThrow(shown)
      expect(() => bindSocket(socket, bad as never, { onEnd: 'close' })).toThrow(shown)
    }
  })

  test('a change that the projection does not show is not sent', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    await using events = disposable(scopeEvents(session, { project, event: 'cart' }))
    await nextOf(events.iterator)
    const next = nextOf(events.iterator)
    await session.update(draft => void (draft.user = 'secret'))
    await session.update(draft => void draft.cart.push('ink'))
    expect(await next).toBe(`id: ${session.stamp}\nevent: cart\ndata: {"cart":["pen","ink"]}\n\n`)
  })

  test('a reader that does not keep up misses values and gets the newest', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    await using events = disposable(scopeEvents(session, { project: ({ hits }) => hits }))
    await nextOf(events.iterator)
    for (let turn = 0; turn < 50; turn++) await session.update(draft => void draft.hits++)
    expect(await nextOf(events.iterator)).toContain('data: 50\n')
  })

  test('a browser that comes back with the newest stamp gets nothing until something changes', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    await using events = disposable(scopeEvents(session, { project, lastEventId: session.stamp }))
    const next = nextOf(events.iterator)
    await session.update(draft => void draft.cart.push('ink'))
    expect(await next).toContain('["pen","ink"]')
  })

  test('a browser that comes back with another stamp, or with garbage, gets the value', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const old = session.stamp
    await session.update(draft => void draft.cart.push('ink'))
    for (const lastEventId of [old, 'garbage', '', '1.2.3\n']) {
      await using events = disposable(scopeEvents(session, { project, lastEventId }))
      expect(await nextOf(events.iterator)).toContain('["pen","ink"]')
    }
  })

  test('the end is told with its reason only, and nothing follows', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const { iterator } = disposable(scopeEvents(session, { project }))
    await nextOf(iterator)
    const next = nextOf(iterator)
    await session.end('internal word')
    expect(await next).toBe('event: ended\ndata: {"reason":"ended"}\n\n')
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('of the end may leave what projectEnd says; where that fails the events fail', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    await using events = disposable(scopeEvents(session, { project, projectEnd: ({ detail }) => ({ detail }) }))
    await using failing = disposable(scopeEvents(session, { project, projectEnd: () => undefined }))
    for (const { iterator } of [events, failing]) await nextOf(iterator)
    await session.end('everywhere')
    expect(await nextOf(events.iterator)).toBe('event: ended\ndata: {"detail":"everywhere"}\n\n')
    await expect(nextOf(failing.iterator)).rejects.toBeInstanceOf(InvalidArgumentError)
    const wrong = { project, projectEnd: 'detail' } as unknown as ScopeEventsOptions<SessionState>
    expect(() => scopeEvents(session, wrong)).toThrow(InvalidArgumentError)
  })

  test('the handle of a request whose id was rotated has no events but its end', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    await session.rotate()
    const old = await scopes.open(Session, session.id, { creates: false })
    await using events = disposable(scopeEvents(old, { project }))
    expect(await nextOf(events.iterator)).toBe('event: ended\ndata: {"reason":"rotated"}\n\n')
  })

  test('a rotation ends the events of the old id', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const { iterator } = disposable(scopeEvents(session, { project }))
    await nextOf(iterator)
    await session.rotate()
    expect(await nextOf(iterator)).toBe('event: ended\ndata: {"reason":"rotated"}\n\n')
  })

  test('a scope that has ended already is told as ended', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    await session.end()
    expect(await nextOf(scopeEvents(session, { project }))).toContain('event: ended')
  })

  test('closing the scopes finishes the events, so that the browser goes elsewhere', async () => {
    const { scopes } = await openShop()
    const { iterator } = disposable(scopeEvents(await openSession(scopes), { project }))
    await nextOf(iterator)
    const next = nextOf(iterator)
    await scopes.close()
    expect(await next).toBeUndefined()
  })

  test('a server that closes finishes the events by a signal, on which nothing is left hanging', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const closing = new AbortController()
    const early = scopeEvents(session, { project, signal: closing.signal })
    await early.return?.()
    expect(getEventListeners(closing.signal, 'abort')).toHaveLength(0)
    const events = scopeEvents(session, { project, signal: closing.signal })
    await nextOf(events)
    const next = nextOf(events)
    closing.abort()
    expect(await next).toBeUndefined()
    expect(await nextOf(scopeEvents(session, { project, signal: closing.signal }))).toBeUndefined()
  })

  test('quiet for the length of a heartbeat, a comment is sent; events put it off', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const clock = manualClock()
    await using events = disposable(scopeEvents(session, { project, heartbeatMs: 100, clock }))
    await nextOf(events.iterator)
    const next = events.iterator.next()
    await clock.advance(99)
    await session.update(draft => void draft.cart.push('ink'))
    expect((await next).value).toContain('event: value')
    const later = events.iterator.next()
    await clock.advance(99)
    await clock.advance(1)
    expect((await later).value).toBe(':\n\n')
  })

  test('a reader that goes while it waits is let go at once, and holds nothing', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const clock = manualClock()
    const events = scopeEvents(session, { project, clock })
    await nextOf(events)
    const waiting = events.next()
    await events.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await clock.advance(0)
    expect(clock.sleepers).toBe(0)
  })

  test.each([
    ['throws', () => JSON.parse('{')],
    ['gives a bigint', () => 1n],
    ['gives nothing', () => undefined],
  ])('a projection that %s is an error, and the reader is over', async (_what, broken) => {
    const { scopes } = await openShop()
    const events = scopeEvents(await openSession(scopes), { project: broken })
    await expect(nextOf(events)).rejects.toThrow(InvalidArgumentError)
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  test.each([
    ['event', { event: 'ended' }],
    ['event', { event: 'a\nb' }],
    ['heartbeatMs', { heartbeatMs: 0 }],
    ['retryMs', { retryMs: 1.5 }],
    ['project', { project: undefined as never }],
  ])('an option %s that is not allowed is refused', async (name, wrong) => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    expect(() => scopeEvents(session, { project, ...wrong })).toThrow(new RegExp(name))
  })
})

/** Lets the reader go at the end of the test. */
function disposable(
  iterator: AsyncIterableIterator<string>,
): AsyncDisposable & { readonly iterator: AsyncIterator<string> } {
  return { iterator, [Symbol.asyncDispose]: async () => void (await iterator.return?.()) }
}
