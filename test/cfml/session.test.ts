import { createTimeSpan, structFunctions } from '@scopes/cfml'
import { expect } from 'vitest'
import { behaviour } from './behaviour.ts'
import { openNode, storedIds } from './node.ts'
import { shiftedClock } from './shifted-clock.ts'
import { type Shop, Visitor } from './visitor.ts'

const minute = 60_000
const builtIns = ['cfid', 'cftoken', 'urltoken', 'sessionid', 'timecreated', 'lastvisit']

/** A visitor whose session has a variable. */
async function customer(shop: Shop): Promise<Visitor> {
  const visitor = new Visitor()
  await visitor.ask(shop, async request => {
    ;(await request.session())['user'] = 'ann'
  })
  return visitor
}

const userOf = async (shop: Shop, visitor: Visitor): Promise<unknown> =>
  (await visitor.ask(shop, async request => (await request.session())['user'])).result

behaviour(7, async ground => {
  const shop = await openNode(ground, shiftedClock())
  const { result } = await new Visitor().ask(shop, async request => {
    const session = await request.session()
    const before = Object.keys(session)
    session['user'] = 'ann'
    return [before, Object.keys(session), session.cftoken, session.sessionid === `shop_${session.cfid}_0`]
  })
  expect(result).toEqual([builtIns, [...builtIns, 'user'], '0', true])
})

behaviour(8, async ground => {
  const clock = shiftedClock()
  const shop = await openNode(ground, clock)
  const visitor = new Visitor()
  const visits: { readonly at: number; readonly created: number; readonly last: number }[] = []
  for (let visit = 0; visit < 4; visit++) {
    await visitor.ask(shop, async request => {
      const session = await request.session()
      if (visit === 0) session['user'] = 'ann'
      visits.push({ at: clock.now(), created: session.timecreated.getTime(), last: session.lastvisit.getTime() })
    })
    clock.advance(5 * minute)
  }
  const [first, ...others] = visits
  expect(first?.last).toBe(first?.created)
  for (const [index, { last, created }] of others.entries()) {
    expect(created).toBe(first?.created)
    // To the end of the visit before, not to its beginning, and not to this one.
    const before = visits[index]?.at ?? 0
    expect(last).toBeGreaterThanOrEqual(before)
    expect(last).toBeLessThan(before + minute)
  }
})

behaviour(9, async ground => {
  const shop = await openNode(ground, shiftedClock())
  const visitor = await customer(shop)
  const { result } = await visitor.ask(shop, async request => {
    const session = await request.session()
    session.cftoken = 'mine'
    Reflect.deleteProperty(session, 'sessionid')
    const again = await request.session()
    return [again.cftoken, 'sessionid' in again, Object.keys(again)]
  })
  expect(result).toEqual(['mine', false, [...builtIns.filter(name => name !== 'sessionid'), 'user']])
  const { result: next } = await visitor.ask(shop, async request => {
    const session = await request.session()
    return [session.cftoken, session.sessionid === `shop_${visitor.cfid}_0`, session['user']]
  })
  expect(next).toEqual(['0', true, 'ann'])
})

behaviour(10, async ground => {
  const clock = shiftedClock()
  const shop = await openNode(ground, clock, { sessionTimeout: createTimeSpan(0, 0, 10, 0) })
  const visitor = await customer(shop)
  for (let visit = 0; visit < 4; visit++) {
    clock.advance(9 * minute)
    expect(await userOf(shop, visitor)).toBe('ann')
  }
  // Nobody here ends what is over: it is gone all the same.
  clock.advance(11 * minute)
  expect(await userOf(shop, visitor)).toBeUndefined()
})

behaviour(11, async ground => {
  const clock = shiftedClock()
  const settings = { sessionTimeout: createTimeSpan(0, 0, 10, 0) }
  const shop = await openNode(ground, clock, settings)
  const visitor = await customer(shop)
  const lastVisit = async (): Promise<number> =>
    (await visitor.ask(shop, async request => (await request.session()).lastvisit.getTime())).result
  const before = await lastVisit()
  clock.advance(5 * minute)
  await visitor.ask(shop, () => undefined)
  // That of the visit before, not of the request that asked for nothing.
  expect((await lastVisit()) - before).toBeLessThan(minute)
  clock.advance(9 * minute)
  await visitor.ask(shop, () => undefined)
  clock.advance(2 * minute)
  expect(await userOf(shop, visitor)).toBeUndefined()
})

behaviour(
  11,
  async ground => {
    const clock = shiftedClock()
    const settings = { sessionTimeout: createTimeSpan(0, 0, 10, 0), compat: 'coldfusion' } as const
    const shop = await openNode(ground, clock, settings)
    const visitor = await customer(shop)
    clock.advance(9 * minute)
    await visitor.ask(shop, () => undefined)
    clock.advance(2 * minute)
    expect(await userOf(shop, visitor)).toBe('ann')
  },
  { part: 'under compat for ColdFusion every request counts' },
)

behaviour(12, async ground => {
  const clock = shiftedClock()
  const longer = await openNode(ground, clock, { sessionTimeout: createTimeSpan(0, 0, 60, 0) })
  const shorter = await openNode(ground, clock, { sessionTimeout: createTimeSpan(0, 0, 10, 0) })
  const visitor = await customer(shorter)
  expect(await userOf(longer, visitor)).toBe('ann')
  clock.advance(50 * minute)
  expect(await userOf(longer, visitor)).toBe('ann')
  expect(await userOf(shorter, visitor)).toBe('ann')
  clock.advance(11 * minute)
  expect(await userOf(longer, visitor)).toBeUndefined()
})

behaviour(13, async ground => {
  for (const compat of [undefined, 'lucee'] as const) {
    const shop = await openNode(ground, shiftedClock(), { name: `shop-${compat ?? 'new'}`, ...(compat && { compat }) })
    const visitor = await customer(shop)
    const id = visitor.cfid
    const { result } = await visitor.ask(shop, async request => {
      const session = await request.session()
      shop.structs.structClear(session)
      return Object.keys(session)
    })
    expect(result).toEqual([])
    expect(visitor.cfid).toBe(id)
    const { result: next } = await visitor.ask(shop, async request => {
      return [Object.keys(await request.session()), await request.sessionExists()]
    })
    expect(next).toEqual([builtIns, true])
  }
})

behaviour(14, async ground => {
  const shop = await openNode(ground, shiftedClock(), { compat: 'lucee' })
  const { structFind } = structFunctions({ isCaseInsensitive: true })
  const visitor = await customer(shop)
  await visitor.ask(shop, async request => {
    const session = await request.session()
    expect(() => session['cart']).toThrow(/session has no "cart"\. It has: cfid, .*, user/u)
    expect(() => structFind(session, 'cart')).toThrow(/user/u)
    delete session['user']
    expect(() => session['user']).toThrow(/session has no "user"/u)
  })
})

behaviour(15, async ground => {
  const clock = shiftedClock()
  const shop = await openNode(ground, clock, { sessionTimeout: createTimeSpan(0, 0, 10, 0) })
  const visitor = await customer(shop)
  const { result } = await visitor.ask(shop, async request => {
    const session = await request.session()
    clock.advance(12 * minute)
    // Somebody else finds that it is over.
    await new Visitor().ask(shop, async other => {
      const scopes = shop.scopesOf('session')
      expect((await scopes.open(shop.definitions.session, visitor.cfid ?? '')).ended?.reason).toBe('expired')
      await other.session()
    })
    return session['user']
  })
  expect(result).toBe('ann')
})

behaviour(
  15,
  async ground => {
    const clock = shiftedClock()
    const settings = { sessionTimeout: createTimeSpan(0, 0, 10, 0) }
    const [shop, other] = [await openNode(ground, clock, settings), await openNode(ground, clock, settings)]
    const visitor = await customer(shop)
    const running = visitor.ask(shop, async request => {
      const session = await request.session()
      session['early'] = 1
      clock.advance(12 * minute)
      const found = await other.scopesOf('session').open(other.definitions.session, visitor.cfid ?? '')
      expect(found.ended?.reason).toBe('expired')
      session['late'] = 2
      expect([session['user'], session['early'], session['late']]).toEqual(['ann', 1, 2])
    })
    // Whoever answers is told that it was not stored.
    await expect(running).rejects.toMatchObject({ code: 'ended', status: 409 })
  },
  { part: 'what it writes is there for it, and refused in the end' },
)

behaviour(16, async ground => {
  const shop = await openNode(ground, shiftedClock())
  const visitor = new Visitor()
  const { setCookies, result } = await visitor.ask(shop, async request => {
    const session = await request.session()
    session['user'] = 'ann'
    delete session['user']
    return session.cfid
  })
  expect(setCookies).toEqual([])
  expect(await storedIds(shop, 'session', [result])).toEqual([])
})

behaviour(
  16,
  async ground => {
    const clock = shiftedClock()
    const shop = await openNode(ground, clock)
    const visitor = await customer(shop)
    const id = visitor.cfid ?? ''
    await visitor.ask(shop, async request => shop.structs.structClear(await request.session()))
    expect(await storedIds(shop, 'session', [id])).toEqual([id])
    // What somebody else has changed meanwhile meets the clear, and no end.
    await visitor.ask(shop, async request => void ((await request.session())['user'] = 'bob'))
    expect([visitor.cfid, await userOf(shop, visitor)]).toEqual([id, 'bob'])
    await visitor.ask(shop, async request => shop.structs.structClear(await request.session()))
    clock.advance(31 * minute)
    expect(await storedIds(shop, 'session', [id])).toEqual([])
  },
  { part: 'what became empty stays until its time is over' },
)

behaviour(17, async ground => {
  const shop = await openNode(ground, shiftedClock())
  const { result, setCookies } = await new Visitor().ask(shop, request => request.sessionExists())
  expect([result, setCookies]).toEqual([false, []])
  const { result: known } = await (await customer(shop)).ask(shop, request => request.sessionExists())
  expect(known).toBe(true)
})
