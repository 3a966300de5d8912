import { Visitor } from '@scopes/example-shop/visitor'
import { startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { expect, onTestFinished, test } from 'vitest'
import { openShop, stateOf, statesOf } from './open-shop.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('a shop on Couchbase: no increment of a visitor is lost, and after all was killed his session is there', async () => {
  const server = await startCouchbaseServer({ buckets: [{ name: 'scopes' }] })
  onTestFinished(() => server.close())
  const store = `couchbase://Administrator:password@127.0.0.1:${server.ports[0]}/scopes`
  const data = await temporaryDirectory()
  const shop = await openShop(data, { store })
  const visitor = new Visitor(shop.url)
  await visitor.post('/login', { name: 'Ada' })
  const answers = await Promise.all(Array.from({ length: 40 }, () => visitor.post('/increment')))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  for (const { hits } of (await statesOf(visitor)).values()) expect(hits).toBe(40)
  // Each worker follows the changes of both: what was stored last is listed at both.
  const listed = new Set<string | undefined>()
  const list = async (): Promise<number> => {
    const { body, answeredBy } = await visitor.get('/')
    if (/version \d+, by worker/.test(body)) listed.add(answeredBy)
    return listed.size
  }
  await expect.poll(list, { timeout: 20_000, interval: 5 }).toBe(2)
  await shop.killAll()

  const again = await openShop(data, { store, port: Number(shop.url.port) })
  const returned = new Visitor(again.url, visitor.cookies)
  expect(await stateOf(returned)).toMatchObject({ user: 'Ada', hits: 40 })
  await returned.post('/logout')
  expect(await stateOf(new Visitor(again.url, visitor.cookies))).toMatchObject({ isStored: false })
  expect(await again.stop()).toBe(0)
}, 120_000)
