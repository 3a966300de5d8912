import { expect } from 'vitest'
import { behaviour } from './behaviour.ts'
import { customer, openNode, storedIds } from './node.ts'
import { shiftedClock } from './shifted-clock.ts'
import { Visitor } from './visitor.ts'

const minute = 60_000
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u

behaviour(1, async ground => {
  const shop = await openNode(ground, shiftedClock())
  const visitor = new Visitor()
  const { setCookies } = await visitor.ask(shop, async request => {
    ;(await request.session())['user'] = 'ann'
  })
  expect(visitor.cfid).toMatch(uuid)
  expect(setCookies).toEqual([`cfid=${visitor.cfid}; Path=/; HttpOnly; SameSite=Lax`])
  const other = new Visitor()
  const untouched = await other.ask(shop, () => undefined)
  expect(untouched.setCookies).toEqual([])
})

behaviour(2, async ground => {
  const shop = await openNode(ground, shiftedClock())
  const visitor = new Visitor()
  await visitor.ask(shop, async request => {
    ;(await request.session())['user'] = 'ann'
  })
  const known = visitor.cfid ?? ''
  for (const bad of ['../../etc/passwd', 'a b', '', '%', 'x'.repeat(5000), '12345678.1']) {
    const stranger = new Visitor()
    const { setCookies } = await stranger.ask(
      shop,
      async request => void ((await request.session())['user'] = 'bob'),
      `cfid=${bad}`,
    )
    expect(setCookies).toHaveLength(1)
    expect(stranger.cfid).toMatch(uuid)
    // The valid one of two is used, and takes the place of the bad one.
    const valid = await visitor.ask(
      shop,
      async request => (await request.session())['user'],
      `cfid=${bad}; cfid=${known}`,
    )
    expect(valid).toEqual({ result: 'ann', setCookies: [`cfid=${known}; Path=/; HttpOnly; SameSite=Lax`] })
  }
  const alone = await visitor.ask(shop, async request => (await request.session())['user'])
  expect(alone).toEqual({ result: 'ann', setCookies: [] })
})

behaviour(
  2,
  async ground => {
    const clock = shiftedClock()
    const hosts = await openNode(ground, clock)
    const sessionCookie = { domain: 'shop.example' }
    const settings = { setDomainCookies: true, sessionCookie, clientManagement: false }
    const domains = await openNode(ground, clock, settings)
    const visitor = await customer(hosts)
    const old = visitor.cfid ?? ''
    // The browser keeps the two side by side: neither is put in the place of the other.
    const { setCookies } = await new Visitor().ask(domains, request => request.sessionRotate(), `cfid=${old}`)
    const cfid = /^cfid=([^;]+); Domain=shop\.example;/u.exec(setCookies.join())?.[1] ?? ''
    const both = await new Visitor().ask(
      domains,
      async request => (await request.session())['user'],
      `cfid=${old}; cfid=${cfid}`,
    )
    expect(both).toEqual({
      result: 'ann',
      setCookies: [
        'cfid=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
        `cfid=${cfid}; Domain=shop.example; Path=/; HttpOnly; SameSite=Lax`,
      ],
    })
  },
  { part: 'from before setDomainCookies' },
)

behaviour(4, async ground => {
  const shop = await openNode(ground, shiftedClock())
  const planted = crypto.randomUUID()
  const victim = new Visitor()
  victim.keep('cfid', planted)
  await victim.ask(shop, async request => {
    expect(await request.sessionExists()).toBe(false)
    ;(await request.session())['user'] = 'victim'
  })
  expect(victim.cfid).not.toBe(planted)
  const attacker = new Visitor()
  attacker.keep('cfid', planted)
  const { result } = await attacker.ask(shop, async request => (await request.session())['user'])
  expect(result).toBeUndefined()
  // Switched off, the id is taken as it comes.
  const trusting = await openNode(ground, shiftedClock(), { rotateUnknownIds: false })
  const other = new Visitor()
  other.keep('cfid', planted)
  await other.ask(trusting, async request => {
    ;(await request.session())['user'] = 'other'
  })
  expect(await storedIds(trusting, 'session', [planted])).toEqual([planted])
})

behaviour(5, async ground => {
  for (const compat of [undefined, 'lucee'] as const) {
    const clock = shiftedClock()
    const shop = await openNode(ground, clock, { name: `shop-${compat ?? 'new'}`, ...(compat && { compat }) })
    const visitor = new Visitor()
    await visitor.ask(shop, async request => {
      ;(await request.session())['user'] = 'ann'
    })
    const id = visitor.cfid
    clock.advance(31 * minute)
    await visitor.ask(shop, async request => {
      const session = await request.session()
      expect(Object.keys(session)).not.toContain('user')
      session['user'] = 'ann again'
    })
    expect(visitor.cfid === id).toBe(compat === 'lucee')
  }
})

behaviour(6, async ground => {
  const clock = shiftedClock()
  const a = await openNode(ground, clock, { name: 'Shop', compat: 'lucee' })
  const b = await openNode(ground, clock, { name: 'SHOP', compat: 'lucee' })
  const visitor = new Visitor()
  await visitor.ask(a, async request => {
    ;(await request.session())['Cart'] = { Items: ['tea'] }
  })
  const { result } = await visitor.ask(b, async request => {
    const session = await request.session()
    const cart = session['CART'] as Record<string, string[]>
    cart['items']?.push('milk')
    session['cart'] = cart
    return Object.keys(session).filter(key => key.toLowerCase() === 'cart')
  })
  expect(result).toEqual(['Cart'])
  const { result: items } = await visitor.ask(a, async request => {
    return (((await request.session())['cart'] as Record<string, unknown>)['ITEMS'] as string[]).join()
  })
  expect(items).toBe('tea,milk')
})

behaviour(
  6,
  async ground => {
    const shop = await openNode(ground, shiftedClock())
    const visitor = new Visitor()
    const { result } = await visitor.ask(shop, async request => {
      const session = await request.session()
      Object.assign(session, { cart: 1, Cart: 2 })
      return [session['cart'], session['Cart'], session['CART']]
    })
    expect(result).toEqual([1, 2, undefined])
  },
  { part: 'only under compat: elsewhere keys are those of the language', stores: ['memory'] },
)
