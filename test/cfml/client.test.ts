import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type EndMessage, systemClock } from '@scopes/core'
import { manualClock } from '@scopes/testing'
import { expect, onTestFinished } from 'vitest'
import { behaviour } from './behaviour.ts'
import { openNode } from './node.ts'
import { until } from './passing-time.ts'
import { shiftedClock } from './shifted-clock.ts'
import { Visitor } from './visitor.ts'

const day = 86_400_000

behaviour(41, async ground => {
  const shop = await openNode(ground, shiftedClock())
  const visitor = new Visitor()
  const counts: number[] = []
  for (let visit = 0; visit < 3; visit++) {
    await visitor.ask(shop, async request => {
      const client = await request.client()
      if (visit === 0) Object.assign(client, { theme: 'dark', size: 3 })
      counts.push(client.hitcount)
    })
    await visitor.ask(shop, () => undefined)
  }
  expect(counts).toEqual([1, 2, 3])
  const { result } = await visitor.ask(shop, async request => [
    await request.getClientVariablesList(),
    await request.deleteClientVariable('theme'),
    await request.deleteClientVariable('theme'),
    await request.getClientVariablesList(),
  ])
  expect(result).toEqual(['theme,size', true, false, 'size'])
})

behaviour(44, async ground => {
  const clock = shiftedClock()
  const shop = await openNode(ground, clock)
  const visitor = new Visitor()
  await visitor.ask(shop, async request => {
    ;(await request.client())['theme'] = 'dark'
  })
  const theme = async (): Promise<unknown> =>
    (await visitor.ask(shop, async request => (await request.client())['theme'])).result
  clock.advance(89 * day)
  expect(await theme()).toBe('dark')
  clock.advance(89 * day)
  expect(await theme()).toBe('dark')
  clock.advance(91 * day)
  expect(await theme()).toBeUndefined()
})

behaviour(
  44,
  async ground => {
    const clock = manualClock()
    const settings = { reaper: true, clientTimeout: 10_000, sessionManagement: false }
    const shops = [await openNode(ground, clock, settings), await openNode(ground, clock, settings)]
    const purged: string[] = []
    const [watcher] = shops
    const watching = watcher
      ?.scopesOf('client')
      .changes({ kinds: ['client'] })
      .subscribe(change => {
        if (change.type === 'ended') purged.push(String(change.reason))
      })
    onTestFinished(() => watching?.unsubscribe())
    for (const shop of shops) {
      await new Visitor().ask(shop, async request => {
        ;(await request.client())['theme'] = 'dark'
      })
    }
    await until(ground, clock, () => purged.length === 2)
    const quietUntil = clock.now() + 30_000
    await until(ground, clock, () => clock.now() > quietUntil)
    // One end for each of the two clients: the second process found nothing left to do.
    expect(purged).toEqual(['expired', 'expired'])
  },
  { part: 'by one node, though nobody asks', stores: ['memory', 'sqlite'] },
)

behaviour(
  44,
  async ground => {
    // Every test of this process hears of every end.
    const name = `purge-${crypto.randomUUID()}`
    const purged: string[] = []
    let tell: () => void = () => {}
    const both = new Promise<void>(resolve => (tell = resolve))
    const hear = (message: unknown): void => {
      const { documentKey, reason } = message as EndMessage
      if (!documentKey.startsWith(`client:${name}:`)) return
      purged.push(`${documentKey} ${reason}`)
      if (new Set(purged).size === 2) tell()
    }
    subscribe('scopes:end', hear)
    onTestFinished(() => void unsubscribe('scopes:end', hear))
    const settings = { name, reaper: true, clientTimeout: 1000, sessionManagement: false }
    const shops = [await openNode(ground, systemClock, settings), await openNode(ground, systemClock, settings)]
    const visitors = [new Visitor(), new Visitor()]
    for (const [index, shop] of shops.entries()) {
      await visitors[index]?.ask(shop, async request => void ((await request.client())['theme'] = 'dark'))
    }
    await both
    const expected = visitors.map(visitor => `client:${name}:${visitor.valueOf('cfclient')} expired`)
    expect(purged.toSorted((left, right) => left.localeCompare(right))).toEqual(
      expected.toSorted((left, right) => left.localeCompare(right)),
    )
  },
  // By the clock of the machine: the server sends changes when it likes, and no clock of a test can wait for them.
  { part: 'by one node, though nobody asks', stores: ['couchbase'] },
)
