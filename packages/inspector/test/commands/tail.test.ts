import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { describeEachPlace } from '../each-place.ts'
import { rowsOf, runScopes } from '../run-scopes.ts'
import { fillShop, inShop } from '../shop.ts'

describeEachPlace('scopes tail', place => {
  test('tells each commit once, in the order of versions', async () => {
    const { address, open } = await place()
    const store = await open()
    const tailed = new PassThrough()
    const running = runScopes(['tail', address, '--json', '--id', 'visitor-1', '-n', '3'], { told: tailed })
    await once(tailed, 'data')
    await inShop(store, fillShop)

    expect(rowsOf(await running)).toMatchObject([
      { type: 'version', key: 'session:shop:visitor-1', version: 1 },
      { type: 'commit', key: 'session:shop:visitor-1', version: 2, request: 'POST /cart' },
      { type: 'commit', key: 'session:shop:visitor-1', version: 3, baseVersion: 1 },
    ])
  })

  test('ends when it is stopped', async () => {
    const { address, open } = await place()
    await open()
    const stopping = new AbortController()
    const told = new PassThrough()
    const running = runScopes(['tail', address], { told, signal: stopping.signal })
    await once(told, 'data')
    stopping.abort()
    expect(await running).toMatchObject({ exitCode: 130, stdout: '' })
  })
})
