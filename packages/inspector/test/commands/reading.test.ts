import { expect, test } from 'vitest'
import { describeEachPlace } from '../each-place.ts'
import { rowsOf, runScopes } from '../run-scopes.ts'
import { fillShop, inShop } from '../shop.ts'

const key = 'session:shop:visitor-1'

describeEachPlace('a store that was filled', place => {
  test('list, show, history and diff tell what is in it, and leave it as it is', async () => {
    const { address, open } = await place()
    await inShop(await open(), fillShop)
    const before = await runScopes(['list', address, '--json', '--values'])

    expect(before).toMatchObject({ exitCode: 0, stderr: '' })
    const rows = rowsOf(before).toSorted((one, other) => (String(one['key']) < String(other['key']) ? -1 : 1))
    expect(rows).toMatchObject([
      { key, kind: 'session', application: 'shop', id: 'visitor-1', state: 'living', version: 3 },
      { key: 'session:shop:visitor-2', state: 'ended', version: 2, reason: 'ended', detail: 'logout' },
      { key: 'session:shop:visitor-3', state: 'living', version: 1, value: { hits: 1, cart: [] } },
    ])
    for (const { bytes, deadline } of rows) {
      expect(bytes).toBeGreaterThan(100)
      expect(deadline).toMatch(/^20\d\d-.*Z$/)
    }

    const cart = [
      { sku: 'A', qty: 1 },
      { sku: 'B', qty: 1 },
    ]
    expect(rowsOf(await runScopes(['show', address, key, '--json']))).toMatchObject([
      { key, state: 'living', version: 3, snapshotVersion: 1, commits: 2, value: { hits: 1, cart } },
    ])
    expect(rowsOf(await runScopes(['show', address, key, '--at', '2', '--json']))).toMatchObject([
      { at: 2, value: { hits: 1, cart: cart.slice(0, 1) } },
    ])
    expect(rowsOf(await runScopes(['history', address, key, '--json']))).toMatchObject([
      { type: 'snapshot', version: 1, state: { hits: 0, cart: cart.slice(0, 1) } },
      {
        type: 'commit',
        version: 2,
        baseVersion: 1,
        isMerged: false,
        process: 'web-1',
        request: 'POST /cart',
        ops: [{ name: 'inc', path: ['hits'], args: [1] }],
        patches: [{ op: 'set', path: ['hits'], value: 1 }],
      },
      {
        type: 'commit',
        version: 3,
        baseVersion: 1,
        isMerged: true,
        patches: [{ op: 'splice', path: ['cart'], index: 1, deleteCount: 0, items: cart.slice(1) }],
      },
    ])
    expect(rowsOf(await runScopes(['diff', address, key, '1', '3', '--json']))).toEqual([
      {
        key,
        from: 1,
        to: 3,
        patches: [
          { op: 'set', path: ['hits'], value: 1 },
          { op: 'splice', path: ['cart'], index: 1, deleteCount: 0, items: cart.slice(1) },
        ],
      },
    ])
    expect(await runScopes(['list', address, '--json', '--values'])).toEqual(before)
  })
})
