import { Visitor } from '@scopes/example-shop/visitor'
import { describe, expect, test } from 'vitest'
import { openShop, stateOf, statesOf } from './open-shop.ts'
import { temporaryDirectory } from './temporary-directory.ts'

describe('a shop whose processes are killed', { timeout: 120_000 }, () => {
  test('a worker that was killed is replaced; no acknowledged increment is lost', async () => {
    const { url } = await openShop(await temporaryDirectory())
    const visitor = new Visitor(url)
    await visitor.post('/increment')
    const [victim] = (await statesOf(visitor)).keys()
    let acknowledged = 1
    let failed = 0
    let isOver = false
    const count = async (): Promise<void> => {
      while (!isOver) {
        const answer = await visitor.post('/increment').catch(() => undefined)
        // A request that the victim had begun has no answer: its increment may be there or not.
        if (answer?.status === 200) acknowledged++
        else failed++
      }
    }
    const counting = Promise.all([count(), count(), count(), count()])
    await expect.poll(() => acknowledged, { timeout: 30_000 }).toBeGreaterThan(20)
    process.kill(Number(victim), 'SIGKILL')
    const before = acknowledged
    await expect.poll(() => acknowledged, { timeout: 30_000 }).toBeGreaterThan(before + 20)
    isOver = true
    await counting

    const states = await statesOf(visitor)
    expect([...states.keys()]).not.toContain(victim)
    for (const { hits } of states.values()) {
      expect(hits).toBeGreaterThanOrEqual(acknowledged)
      expect(hits).toBeLessThanOrEqual(acknowledged + failed)
    }
  })

  test('after the whole group was killed in the middle of its work, all sessions are there', async () => {
    const data = await temporaryDirectory()
    const shop = await openShop(data)
    const visitors = Array.from({ length: 4 }, () => new Visitor(shop.url))
    const acknowledged = visitors.map(() => 0)
    let isOver = false
    const working = Promise.all(
      visitors.map(async (visitor, index) => {
        await visitor.post('/login', { name: `Visitor ${index}` })
        while (!isOver) {
          const answer = await visitor.post('/increment').catch(() => undefined)
          if (answer?.status === 200) acknowledged[index] = JSON.parse(answer.body).hits
        }
      }),
    )
    await expect.poll(() => Math.min(...acknowledged), { timeout: 30_000 }).toBeGreaterThan(10)
    await shop.killAll()
    isOver = true
    await working

    const again = await openShop(data, { port: Number(shop.url.port) })
    for (const [index, { cookies }] of visitors.entries()) {
      const { user, hits } = await stateOf(new Visitor(again.url, cookies))
      expect(user).toBe(`Visitor ${index}`)
      const promised = acknowledged[index] ?? 0
      // One more may have been stored whose answer was cut off.
      expect([promised, promised + 1]).toContain(hits)
    }
    expect(await again.stop()).toBe(0)
  })
})
