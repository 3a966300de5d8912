import { inc, memoryStore } from '@scopes/core'
import { faultStore } from '@scopes/testing'
import { describe, expect, test } from 'vitest'
import type { ScopePage, ScopeView } from '../../src/web/page-data.ts'
import { Session, ask, askData, openInspector } from './open-inspector.ts'

const key = (id: string): string => `session:shop:${id}`

describe('the list', () => {
  test('has every scope with what it holds now, newest change first', async () => {
    const { url, scopes } = await openInspector()
    for (const id of ['a', 'b', 'c']) await (await scopes.open(Session, id)).update(draft => void draft.hits++)
    await (await scopes.open(Session, 'a')).update(draft => void (draft.last = 'cart'))
    await (await scopes.open(Session, 'b')).end('logout')
    const { total, rows } = await askData<ScopePage>(`${url}api/scopes`)
    expect(total).toBe(3)
    expect(rows.find(({ id }) => id === 'a')).toMatchObject({
      key: key('a'),
      kind: 'session',
      application: 'shop',
      state: 'live',
      version: 2,
      preview: 'hits: 1, cart: [], last: "cart"',
    })
    expect(rows.find(({ id }) => id === 'b')).toMatchObject({ state: 'ended', preview: 'ended: logout' })
  })

  test('shows the window that is asked for, of what the filter lets through', async () => {
    const { url, scopes } = await openInspector()
    for (let id = 0; id < 12; id++)
      await (await scopes.open(Session, `visitor-${id}`)).update(draft => void draft.hits++)
    expect(await askData<ScopePage>(`${url}api/scopes?limit=200`)).toMatchObject({ total: 12, isComplete: true })
    const page = await askData<ScopePage>(`${url}api/scopes?order=key&text=VISITOR-1&offset=1&limit=2`)
    expect(page).toMatchObject({ total: 3, offset: 1, rows: [{ id: 'visitor-10' }, { id: 'visitor-11' }] })
    expect(await askData<ScopePage>(`${url}api/scopes?kind=client`)).toMatchObject({ total: 0, rows: [] })
    expect((await askData<ScopePage>(`${url}api/scopes?state=nonsense&limit=x&offset=-1`)).total).toBe(12)
  })

  test('shows a document that cannot be read, and goes on with the others', async () => {
    const { url, scopes, store } = await openInspector()
    await store.insert(key('damaged'), Buffer.from('no scope at all'))
    await (await scopes.open(Session, 'well')).update(draft => void draft.hits++)
    const { rows } = await askData<ScopePage>(`${url}api/scopes?order=key`)
    expect(rows).toMatchObject([
      { id: 'damaged', state: 'unreadable' },
      { id: 'well', state: 'live' },
    ])
    expect(rows[0]?.preview).toContain('unreadable')
  })

  test('reads no more of large documents than an answer has room for', async () => {
    const { url, store } = await openInspector()
    for (const id of ['a', 'b', 'c']) await store.insert(key(id), Buffer.alloc(id === 'c' ? 10 : 3_000_000))
    const { rows } = await askData<ScopePage>(`${url}api/scopes?order=key`)
    expect(rows.map(({ bytes, preview }) => [bytes, preview?.slice(0, 30)])).toEqual([
      [3_000_000, 'The document "session:shop:a" '],
      [3_000_000, 'too large to be read for a lis'],
      [10, 'The document "session:shop:c" '],
    ])
  })

  test('is there while the store does not answer, with the reason in each row', async () => {
    const store = faultStore(memoryStore(), { seed: 1 })
    const { url, scopes } = await openInspector({ store })
    await (await scopes.open(Session, 'a')).update(draft => void draft.hits++)
    await askData<ScopePage>(`${url}api/scopes`)
    store.faults.next({ fault: 'fail', operation: 'load' })
    const { rows } = await askData<ScopePage>(`${url}api/scopes`)
    expect(rows).toMatchObject([{ id: 'a', version: 1 }])
    expect(rows[0]?.preview).not.toContain('hits')
  })
})

describe('one scope', () => {
  test('has its commits with who made them, what they changed and what stood there before', async () => {
    const { url, scopes } = await openInspector()
    const session = await scopes.open(Session, 'a', { request: 'POST /cart' })
    await session.update(draft => void (draft.last = 'articles'))
    await session.update(draft => {
      inc(draft, 'hits', 2)
      draft.last = 'cart'
      draft.cart.push({ sku: 'A', quantity: 1 })
    })
    const view = await askData<ScopeView>(`${url}api/scope?key=${key('a')}`)
    expect(view).toMatchObject({
      type: 'live',
      version: 2,
      oldest: 1,
      commits: [
        {
          version: 2,
          baseVersion: 1,
          process: 'worker-1',
          request: 'POST /cart',
          ops: ['inc("hits", 2)'],
          more: 0,
        },
      ],
      shown: { version: 2 },
    })
    const [commit] = view.type === 'live' ? view.commits : []
    expect(commit?.patches).toEqual(
      expect.arrayContaining([
        {
          op: 'set',
          path: ['last'],
          before: { type: 'text', text: 'articles' },
          after: { type: 'text', text: 'cart' },
        },
        { op: 'set', path: ['hits'], before: { type: 'number', text: '0' }, after: { type: 'number', text: '2' } },
        expect.objectContaining({ op: 'splice', path: ['cart'], index: 0, removed: 0 }),
      ]),
    )
  })

  test('shows its state at each version that the document holds, and says of others that it does not', async () => {
    const { url, scopes } = await openInspector()
    const session = await scopes.open(Session, 'a')
    for (let hits = 1; hits <= 3; hits++) await session.update(draft => void (draft.hits = hits))
    for (const version of [1, 2, 3]) {
      const view = await askData<ScopeView>(`${url}api/scope?key=${key('a')}&version=${version}`)
      const shown = view.type === 'live' ? view.shown : undefined
      expect(shown).toMatchObject({
        version,
        value: {
          entries: [
            ['hits', { text: String(version) }],
            ['cart', {}],
          ],
        },
      })
    }
    const view = await askData<ScopeView>(`${url}api/scope?key=${key('a')}&version=99`)
    expect(view).toMatchObject({ shown: { version: 99 } })
    expect(view.type === 'live' && view.shown.value).toBeUndefined()
  })

  test('names the version at which a merged commit began', async () => {
    const { url, scopes } = await openInspector()
    const session = await scopes.open(Session, 'a')
    await session.update(draft => void draft.hits++)
    const drafts = [session.draft(), session.draft()]
    for (const work of drafts) work.value.hits++
    for (const work of drafts) await work.commit()
    const view = await askData<ScopeView>(`${url}api/scope?key=${key('a')}`)
    expect(view.type === 'live' && view.commits.map(({ version, baseVersion }) => [version, baseVersion])).toEqual([
      [2, 1],
      [3, 1],
    ])
  })

  test('that has ended shows why, and its final state for as long as that is kept', async () => {
    const { url, scopes } = await openInspector()
    const session = await scopes.open(Session, 'a')
    await session.update(draft => void draft.hits++)
    await session.end('logout')
    expect(await askData<ScopeView>(`${url}api/scope?key=${key('a')}`)).toMatchObject({
      type: 'ended',
      reason: 'ended',
      detail: 'logout',
      isDelivered: true,
    })
  })

  test('that cannot be read, is gone, or is none is told as such', async () => {
    const { url, store } = await openInspector()
    await store.insert(key('damaged'), Buffer.from('no scope at all'))
    const damaged = await askData<ScopeView>(`${url}api/scope?key=${key('damaged')}`)
    expect(damaged).toMatchObject({ type: 'unreadable', bytes: 15 })
    expect(damaged.type === 'unreadable' && damaged.message).toContain('damaged')
    expect(await askData<ScopeView>(`${url}api/scope?key=${key('nobody')}`)).toMatchObject({ type: 'missing' })
    for (const none of ['', 'session', 'lock:shop:a', 'session:shop']) {
      expect((await ask(`${url}api/scope?key=${none}`)).status, none).toBe(400)
    }
  })

  test('whose store does not answer is an error with the status of its code', async () => {
    const store = faultStore(memoryStore(), { seed: 1 })
    const { url } = await openInspector({ store })
    store.faults.next({ fault: 'fail', operation: 'load' })
    const { status, body } = await ask(`${url}api/scope?key=${key('a')}`)
    expect(status).toBe(503)
    expect(JSON.parse(body)).toMatchObject({ code: 'store-unavailable' })
  })
})
