import { manualClock } from '@scopes/testing'
import { expect } from 'vitest'
import { behaviour } from './behaviour.ts'
import { type NodeSettings, openNode } from './node.ts'
import { until, whileTimePasses } from './passing-time.ts'
import { shiftedClock } from './shifted-clock.ts'
import { type Shop, Visitor } from './visitor.ts'

const minute = 60_000

/** A request of somebody new that sets an application variable. */
async function put(shop: Shop, name: string, value: unknown): Promise<void> {
  await new Visitor().ask(shop, async request => {
    ;(await request.application())[name] = value
  })
}

const read = async (shop: Shop, name: string): Promise<unknown> =>
  (await new Visitor().ask(shop, async request => (await request.application())[name])).result

behaviour(45, async ground => {
  const events: string[] = []
  let goOn = (): void => {}
  const held = new Promise<void>(resolve => (goOn = resolve))
  let hasBegun = (): void => {}
  const begun = new Promise<void>(resolve => (hasBegun = resolve))
  const settings: NodeSettings = {
    async onApplicationStart({ application }) {
      events.push('start')
      hasBegun()
      await held
      application['ready'] = true
      events.push('started')
    },
  }
  const shops = [await openNode(ground, shiftedClock(), settings), await openNode(ground, shiftedClock(), settings)]
  const requests = [0, 1, 0, 1, 1].map(index =>
    new Visitor().ask(shops[index] as Shop, async request => {
      expect((await request.application())['ready']).toBe(true)
      events.push('request')
    }),
  )
  await begun
  goOn()
  await Promise.all(requests)
  expect(events).toEqual(['start', 'started', 'request', 'request', 'request', 'request', 'request'])
})

behaviour(
  45,
  async ground => {
    const answers: (() => unknown)[] = [() => false, () => Promise.reject(new Error('no database')), () => undefined]
    const tried: number[] = []
    const shop = await openNode(ground, shiftedClock(), {
      onApplicationStart({ application }) {
        application['half'] = tried.push(tried.length)
        return answers.shift()?.()
      },
    })
    const visitor = new Visitor()
    await expect(visitor.ask(shop, () => 'here')).rejects.toMatchObject({ code: 'not-loaded' })
    await expect(visitor.ask(shop, () => 'here')).rejects.toThrow('no database')
    expect((await visitor.ask(shop, async request => (await request.application())['half'])).result).toBe(3)
  },
  { part: 'false, and an exception' },
)

behaviour(46, async ground => {
  const clock = manualClock()
  const events: string[] = []
  const settings: NodeSettings = {
    applicationTimeout: 20_000,
    onApplicationStart: () => void events.push('start'),
    onApplicationEnd: ({ application, reason }) => void events.push(`end: ${String(application['x'])}, ${reason}`),
  }
  const [a, b] = [await openNode(ground, clock, settings), await openNode(ground, clock, settings)]
  const meanwhile = <T>(work: Promise<T>): Promise<T> => whileTimePasses(ground, clock, work)
  const pass = (milliseconds: number): Promise<void> => {
    const end = clock.now() + milliseconds
    return until(ground, clock, () => clock.now() >= end, 1000)
  }
  await meanwhile(put(a, 'x', 1))
  await pass(15_000)
  expect(await meanwhile(read(b, 'x'))).toBe(1)
  // A long request holds it, whatever the time, and whoever comes meanwhile.
  let goOn = (): void => {}
  const held = new Promise<void>(resolve => (goOn = resolve))
  let begin = (): void => {}
  const begun = new Promise<void>(resolve => (begin = resolve))
  const running = new Visitor().ask(a, async request => {
    const application = await request.application()
    begin()
    await held
    application['x'] = 2
  })
  await meanwhile(begun)
  await pass(60_000)
  expect(await meanwhile(read(b, 'x'))).toBe(1)
  expect(events).toEqual(['start'])
  goOn()
  await meanwhile(running)
  await until(ground, clock, () => events.length > 1, 1000)
  expect(events).toEqual(['start', 'end: 2, expired'])
  expect(await meanwhile(read(b, 'x'))).toBeUndefined()
  expect(events).toEqual(['start', 'end: 2, expired', 'start'])
})

behaviour(47, async ground => {
  const shop = await openNode(ground, shiftedClock())
  await put(shop, 'x', 1)
  const { result } = await new Visitor().ask(shop, async request => {
    const application = await request.application()
    shop.structs.structClear(application)
    return Object.keys(application)
  })
  expect(result).toEqual([])
  const { result: next } = await new Visitor().ask(shop, async request => Object.entries(await request.application()))
  expect(next).toEqual([['applicationname', 'shop']])
})

behaviour(48, async ground => {
  const clock = shiftedClock()
  for (const [compat, left] of [
    [undefined, {}],
    ['lucee', {}],
    ['coldfusion', { region: '', limits: '' }],
  ] as const) {
    const shop = await openNode(ground, clock, { name: `shop-${compat ?? 'new'}`, ...(compat && { compat }) })
    const reserved = ['os', 'node', 'scopes', 'separator', ...(compat ? [compat] : [])]
    await new Visitor().ask(shop, async request => {
      const server = await request.server()
      Object.assign(server, { region: 'north', limits: { carts: 3 } })
      expect(() => Object.assign(server, { os: 'mine' })).toThrow(/server\.os cannot be changed/u)
      expect(() => Reflect.deleteProperty(server, 'separator')).toThrow(/server\.separator cannot be deleted/u)
      expect(() => Object.assign(server.os, { name: 'mine' })).toThrow(TypeError)
      shop.structs.structClear(server)
      expect(Object.keys(server)).toEqual([...reserved, ...Object.keys(left)])
    })
    await new Visitor().ask(shop, async request => {
      expect((await request.server()).node.productname).toBe('node')
      const { scope } = await request.requestScope('server')
      expect(scope.value).toEqual(left)
    })
  }
})

behaviour(49, async ground => {
  const clock = shiftedClock()
  const shop = await openNode(ground, clock, { name: 'shop' })
  const blog = await openNode(ground, clock, { name: 'blog' })
  await new Visitor().ask(shop, async request => {
    ;(await request.server())['region'] = 'north'
  })
  const region = async (node: Shop): Promise<unknown> =>
    (await new Visitor().ask(node, async request => (await request.server())['region'])).result
  expect(await region(blog)).toBe('north')
  await shop.close()
  await blog.close()
  clock.advance(3650 * 24 * 60 * minute)
  const restarted = await openNode(ground, clock, { name: 'news' })
  expect(await region(restarted)).toBe('north')
})

behaviour(50, async ground => {
  const [a, b] = [await openNode(ground, shiftedClock()), await openNode(ground, shiftedClock())]
  await put(a, 'motd', 'hello')
  expect(await read(b, 'motd')).toBe('hello')
})

behaviour(
  50,
  async ground => {
    const [a, b] = [await openNode(ground, shiftedClock()), await openNode(ground, shiftedClock())]
    await put(a, 'motd', 'hello')
    let announced: (value: unknown) => void = () => {}
    const change = new Promise(resolve => (announced = resolve))
    const { result: watching } = await new Visitor().ask(b, async request => {
      const { scope } = await request.requestScope('application')
      return scope.select(value => value['motd']).subscribe(value => value === 'good evening' && announced(value))
    })
    await put(a, 'motd', 'good evening')
    expect(await change).toBe('good evening')
    watching.unsubscribe()
  },
  { part: 'announced, to whoever watches' },
)
