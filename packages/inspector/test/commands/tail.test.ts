import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { defineScope, openScopes } from '@scopes/core'
import { expect, test } from 'vitest'
import { describeEachPlace } from '../each-place.ts'
import { rowsOf, runScopes } from '../run-scopes.ts'
import { fillShop, hitUnderLock, inShop } from '../shop.ts'

const Told = defineScope({ kind: 'told', initial: () => ({ hits: 0 }), keepEnds: '1h' })

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

  test('tells of an end once, and of no lock', async () => {
    const { address, open } = await place()
    const scopes = await openScopes({ application: 'shop', store: await open(), reaper: false })
    scopes.onEnd(Told, async () => {})
    const stopping = new AbortController()
    const [told, stdout] = [new PassThrough(), new PassThrough()]
    const running = runScopes(['tail', address, '--json'], { told, stdout, signal: stopping.signal })
    await once(told, 'data')

    await hitUnderLock(scopes)
    const session = await scopes.open(Told, 'one')
    await session.update(draft => void draft.hits++)
    // Its marker is written once more when the handler has been told.
    await session.end('done')
    await (await scopes.open(Told, 'last')).update(draft => void draft.hits++)
    let printed = ''
    await new Promise<void>(resolve => {
      stdout.on('data', chunk => {
        printed += String(chunk)
        if (printed.includes('told:shop:last')) resolve()
      })
    })
    stopping.abort()
    await running
    expect(printed).not.toContain('"lock:')
    expect(printed.split('"type":"ended"')).toHaveLength(2)
    await scopes.close()
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
