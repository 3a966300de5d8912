import { describe, expect, test } from 'vitest'
import {
  type MergePolicy,
  type ScopeConflict,
  type ScopeDefinition,
  append,
  counter,
  defineScope,
  listBy,
  reject,
} from '../../src/index.ts'
import { counted, processes } from './fixture.ts'

interface Shop {
  hits: number
  title: string
  cart: { sku: string; quantity: number }[]
  prefs?: Record<string, string>
}

function shop(merge: Readonly<Record<string, MergePolicy>>): ScopeDefinition<Shop> {
  return defineScope({ kind: 'shop', initial: (): Shop => ({ hits: 0, title: '', cart: [] }), merge })
}

describe('the policies of a definition', () => {
  test('decide when a draft is committed, in the process that commits, and are told once', async () => {
    const Shop = shop({ hits: counter(), cart: listBy('sku'), 'cart.*.quantity': counter() })
    const [one, two] = await processes(2)
    const mine = await one.open(Shop, 's')
    await mine.update(draft => void draft.cart.push({ sku: 'A', quantity: 1 }))
    const told: ScopeConflict[] = []
    one.conflicts$.subscribe(conflict => told.push(conflict))
    two?.conflicts$.subscribe(conflict => told.push(conflict))
    const draft = mine.draft()
    draft.value.hits++
    draft.value.cart = [{ sku: 'A', quantity: 3 }]
    const other = await two?.open(Shop, 's')
    await other?.update(value => {
      value.hits++
      value.cart.unshift({ sku: 'B', quantity: 1 })
      value.cart[1] = { sku: 'A', quantity: 2 }
    })
    const { version, commitId } = await draft.commit()
    const expected = { hits: 2, title: '', cart: [{ sku: 'B', quantity: 1 }, { sku: 'A', quantity: 4 }] } // prettier-ignore
    expect(mine.value).toEqual(expected)
    expect((await two?.open(Shop, 's'))?.value).toEqual(expected)
    const key = { application: 'shop', kind: 'shop', id: 's' }
    expect(told).toEqual([
      { key, version, commitId, path: ['hits'], kind: 'write/write', base: 0, ours: 1, theirs: 1, policy: 'counter', result: 2, lost: 'none' },
      { key, version, commitId, path: ['cart', 'A', 'quantity'], kind: 'write/write', base: 1, ours: 3, theirs: 2, policy: 'counter', result: 4, lost: 'none' },
    ]) // prettier-ignore
  })

  test("decide in an update with onConflict 'merge', and not in one that runs again", async () => {
    const Shop = shop({ title: reject() })
    const watched = counted()
    const [one, two] = await processes(2, { store: watched.store })
    const mine = await one.open(Shop, 's')
    await mine.update(draft => void (draft.title = 'base'))
    const other = await two?.open(Shop, 's')
    let isBusy = false
    watched.before = async operation => {
      if (operation !== 'append' || isBusy) return
      isBusy = true
      await other?.update(draft => void (draft.title += '!'))
    }
    const merged = mine.update(draft => void (draft.title += '?'), { onConflict: 'merge' })
    await expect(merged).rejects.toMatchObject({ code: 'conflict', rejected: [{ path: ['title'], ours: 'base?', theirs: 'base!' }] }) // prettier-ignore
    isBusy = false
    await mine.update(draft => void (draft.title += '?'))
    expect(mine.value.title).toBe('base!!?')
  })

  test('of a draft on what is not stored yet are those of the definition too', async () => {
    const Shop = shop({ hits: counter(), log: append() })
    const [one, two] = await processes(2)
    const [mine, other] = [await one.open(Shop, 's'), await two?.open(Shop, 's')]
    const draft = mine.draft()
    draft.value.hits++
    await other?.update(value => void value.hits++)
    await draft.commit()
    expect(mine.value.hits).toBe(2)
  })

  test('make records, in updates and in drafts: what was assigned is merged by its fields', async () => {
    const Shop = shop({ 'prefs.*': reject() })
    const [one, two] = await processes(2)
    const mine = await one.open(Shop, 's')
    await mine.update(draft => void (draft.prefs = { theme: 'light', language: 'en' }))
    const draft = mine.draft()
    draft.value.prefs = { ...draft.value.prefs, theme: 'dark' }
    const other = await two?.open(Shop, 's')
    await other?.update(value => void (value.prefs = { ...value.prefs, language: 'de' }))
    await draft.commit()
    expect(mine.value.prefs).toEqual({ theme: 'dark', language: 'de' })
  })
})

describe('a merge that a policy refuses', () => {
  const boom = (): never => {
    throw new Error('boom')
  }

  test.each<[string, MergePolicy, object]>([
    ['reject()', reject(), { code: 'conflict', status: 409, outcome: 'none', rejected: [{ path: ['title'] }] }],
    [
      'a function that throws',
      boom,
      { code: 'policy', status: 500, outcome: 'none', path: ['title'], cause: { message: 'boom' } },
    ],
    [
      'a function without an answer',
      () => Promise.resolve(1),
      { code: 'invalid-state', outcome: 'none', path: ['title'] },
    ],
  ])(
    'by %s writes nothing and announces nothing; its neighbours in the same request are written',
    async (_, policy, error) => {
      const Shop = shop({ title: policy })
      const watched = counted()
      const [one, two] = await processes(2, { store: watched.store })
      const mine = await one.open(Shop, 's')
      await mine.update(draft => void (draft.title = 'base'))
      const told: ScopeConflict[] = []
      one.conflicts$.subscribe(conflict => told.push(conflict))
      const drafts = ['a', 'b', 'c'].map(sku => {
        const draft = mine.draft()
        draft.value.cart.push({ sku, quantity: 1 })
        return draft
      })
      const refused = drafts[1]
      if (refused === undefined) throw new Error('There are three.')
      refused.value.title = 'mine'
      const other = await two?.open(Shop, 's')
      await other?.update(draft => void (draft.title = 'theirs'))
      const before = watched.counts.append
      const done = await Promise.allSettled(drafts.map(draft => draft.commit()))
      expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(done[1]).toMatchObject({ reason: error })
      expect(mine.value).toEqual({ hits: 0, title: 'theirs', cart: [{ sku: 'a', quantity: 1 }, { sku: 'c', quantity: 1 }] }) // prettier-ignore
      expect(mine.version).toBe(4)
      expect(told).toEqual([])
      // One that was too late, one with both.
      expect(watched.counts.append - before).toBe(2)
    },
  )

  test('leaves the draft as it is: its value can be seen, and it can be committed again', async () => {
    let isOpen = false
    const Shop = shop({ title: ({ ours }) => (isOpen ? ours : boom()) })
    const [one, two] = await processes(2)
    const mine = await one.open(Shop, 's')
    await mine.update(draft => void (draft.title = 'base'))
    const draft = mine.draft()
    draft.value.title = 'mine'
    const other = await two?.open(Shop, 's')
    await other?.update(value => void (value.title = 'theirs'))
    await expect(draft.commit()).rejects.toMatchObject({ code: 'policy' })
    expect(mine.value.title).toBe('theirs')
    expect(draft.current.title).toBe('mine')
    isOpen = true
    await draft.commit()
    expect(mine.value.title).toBe('mine')
  })
})

describe('a merge that leaves nothing to write', () => {
  test('resolves as merged with the version of the winner, and says what was lost', async () => {
    const Shop = shop({})
    const watched = counted()
    const [one, two] = await processes(2, { store: watched.store })
    const mine = await one.open(Shop, 's')
    await mine.update(draft => void (draft.prefs = { theme: 'light' }))
    const told: ScopeConflict[] = []
    one.conflicts$.subscribe(conflict => told.push(conflict))
    const draft = mine.draft()
    if (draft.value.prefs) draft.value.prefs['theme'] = 'dark'
    const other = await two?.open(Shop, 's')
    await other?.update(value => void delete value.prefs)
    expect(await draft.commit()).toEqual({ version: 2, commitId: undefined, attempts: 1, merged: true })
    expect(told).toMatchObject([{ version: 2, commitId: undefined, path: ['prefs'], kind: 'inside', lost: 'ours' }])
    expect(watched.counts).toMatchObject({ insert: 1, append: 2 })
  })

  test("says it once what it was merged into is stored, with backup: 'behind'", async () => {
    const Shop = shop({})
    const [one] = await processes(1, { cluster: { shop: false }, backup: 'behind' })
    const told: ScopeConflict[] = []
    one.conflicts$.subscribe(conflict => told.push(conflict))
    const mine = await one.open(Shop, 's')
    await mine.update(draft => void (draft.prefs = { theme: 'light' }))
    const draft = mine.draft()
    if (draft.value.prefs) draft.value.prefs['theme'] = 'dark'
    await mine.update(value => void delete value.prefs)
    expect(await draft.commit()).toMatchObject({ commitId: undefined, merged: true })
    expect(told).toEqual([])
    await one.close()
    expect(told).toMatchObject([{ version: 2, path: ['prefs'], kind: 'inside', lost: 'ours' }])
  })
})
