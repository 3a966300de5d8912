import { expect, test } from 'vitest'
import { describeEachPlace } from '../each-place.ts'
import { rowsOf, runScopes } from '../run-scopes.ts'
import { fillShop, inShop } from '../shop.ts'

describeEachPlace('scopes list', place => {
  test('names every scope with kind, id, version, size, deadline and state', async () => {
    const { address, open } = await place()
    await inShop(await open(), fillShop)

    const result = await runScopes(['list', address, '--json'])
    expect(result).toMatchObject({ exitCode: 0, stderr: '' })
    const rows = rowsOf(result).toSorted((one, other) => (String(one['key']) < String(other['key']) ? -1 : 1))
    expect(rows).toMatchObject([
      {
        key: 'session:shop:visitor-1',
        kind: 'session',
        application: 'shop',
        id: 'visitor-1',
        state: 'living',
        version: 3,
      },
      { key: 'session:shop:visitor-2', state: 'ended', version: 2, reason: 'ended', detail: 'logout' },
      { key: 'session:shop:visitor-3', state: 'living', version: 1 },
    ])
    for (const { bytes, deadline } of rows) {
      expect(bytes).toBeGreaterThan(100)
      expect(deadline).toMatch(/^20\d\d-.*Z$/)
    }
  })
})
