import { type Scope, memoryStore, openScopes } from '@scopes/core'
import { type FaultControls, faultStore } from '@scopes/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { scopeEvents } from '../../src/sse.ts'
import { ObservedStore } from '../behaviour/observed-store.ts'
import { Session, type SessionState } from '../behaviour/shop-scopes.ts'

interface Nodes {
  /** The session at the node that the browser comes from. */
  readonly there: Scope<SessionState>
  /** The same at the node that it comes back to, which has heard of nothing since it was opened with one pen in the cart. */
  readonly here: Scope<SessionState>
  readonly store: ObservedStore
  /** Of its feed, which is stopped. */
  readonly faults: FaultControls
}

async function openNodes(): Promise<Nodes> {
  const inner = memoryStore()
  const store = new ObservedStore(inner)
  const { feed, faults } = faultStore(inner)
  faults.stopFeeding()
  const [one, two] = await Promise.all([
    openScopes({ application: 'shop', store: inner }),
    openScopes({ application: 'shop', store, cluster: false, ...(feed && { feed }) }),
  ])
  onTestFinished(async () => {
    await two.close()
    await one.close()
  })
  const there = await one.open(Session, 'visitor')
  await there.update(draft => void draft.cart.push('pen'))
  const here = await two.open(Session, 'visitor')
  store.resetCounts()
  return { there, here, store, faults }
}

function eventsOf(scope: Scope<SessionState>, lastEventId: string | undefined): AsyncIterableIterator<string> {
  const events = scopeEvents(scope, { project: ({ cart }) => cart, lastEventId })
  onTestFinished(async () => void (await events.return?.()))
  return events
}

/** The next event that is no setting; undefined when there is none any more. */
async function nextOf(events: AsyncIterator<string>): Promise<string | undefined> {
  for (;;) {
    const { done, value } = await events.next()
    if (done) return undefined
    if (value.includes('event: ')) return value
  }
}

describe('a browser that comes back with a newer stamp than this process has', () => {
  test('is not shown the older value first', async () => {
    const { there, here, store } = await openNodes()
    await there.update(draft => void draft.cart.push('ink'))
    const stamp = there.stamp
    const events = eventsOf(here, stamp)
    const next = nextOf(events)
    await here.update(draft => void draft.cart.push('nib'))
    expect(await next).toContain('["pen","ink","nib"]')
    expect(store.loads).toBeGreaterThan(0)
  })

  test('is shown the newest value when that is newer still, with one question; the feed repeats nothing of it', async () => {
    const { there, here, store, faults } = await openNodes()
    await there.update(draft => void draft.cart.push('ink'))
    const { stamp } = there
    await there.update(draft => void draft.cart.push('nib'))
    const events = eventsOf(here, stamp)
    expect(await nextOf(events)).toBe(`id: ${there.stamp}\nevent: value\ndata: ["pen","ink","nib"]\n\n`)
    expect(store.loads).toBe(1)
    const next = nextOf(events)
    faults.resumeFeeding()
    await there.update(draft => void (draft.cart = []))
    expect(await next).toContain('data: []')
  })

  test('is told at once when the session has ended', async () => {
    const { there, here } = await openNodes()
    await there.update(draft => void draft.cart.push('ink'))
    const { stamp } = there
    await there.end()
    expect(await nextOf(eventsOf(here, stamp))).toContain('event: ended')
  })

  test('is shown what there is when its value is lost, or of another life', async () => {
    const { here, there } = await openNodes()
    for (const stamp of [`${there.life}.9.01234567`, '0123456789abcdef.9.01234567']) {
      expect(await nextOf(eventsOf(here, stamp))).toContain('["pen"]')
    }
  })

  test('is let go while the store is being asked, when it goes', async () => {
    const { there, here, store } = await openNodes()
    await there.update(draft => void draft.cart.push('ink'))
    const loading = store.holdLoads()
    const events = eventsOf(here, there.stamp)
    const next = nextOf(events)
    await events.return?.()
    expect(await next).toBeUndefined()
    loading.open()
  })

  test('gets an error when the store cannot say, and not the older value; it will come back', async () => {
    const { there, here, store } = await openNodes()
    await there.update(draft => void draft.cart.push('ink'))
    store.failsLoads = true
    const events = eventsOf(here, there.stamp)
    await expect(nextOf(events)).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })
})

test('a browser whose value memory has, or that brings garbage, costs no question to the store', async () => {
  const { here, there, store } = await openNodes()
  for (const garbage of [undefined, '', 'garbage', `${there.life}.0.01234567`, `${there.life}.9`]) {
    expect(await nextOf(eventsOf(here, garbage))).toContain('["pen"]')
  }
  const events = eventsOf(here, there.stamp)
  expect(await events.next()).toMatchObject({ value: 'retry: 1000\n\n' })
  const next = nextOf(events)
  await here.update(draft => void draft.cart.push('ink'))
  expect(await next).toContain('["pen","ink"]')
  expect(store.loads).toBe(0)
})
