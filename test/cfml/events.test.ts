import { csrfGenerateToken, csrfVerifyToken } from '@scopes/cfml'
import { systemClock } from '@scopes/core'
import { manualClock } from '@scopes/testing'
import { expect } from 'vitest'
import { behaviour } from './behaviour.ts'
import { type NodeSettings, customer, openNode, seen } from './node.ts'
import { until } from './passing-time.ts'
import { shiftedClock } from './shifted-clock.ts'
import { type ShopRequest, Visitor } from './visitor.ts'

const minute = 60_000

behaviour(34, async ground => {
  let tries = 0
  const shop = await openNode(ground, shiftedClock(), {
    onSessionStart({ session }) {
      expect(Object.keys(session).at(-1)).toBe('lastvisit')
      session['began'] = ++tries
      if (tries === 1) throw new Error('not yet')
    },
  })
  const visitor = new Visitor()
  await expect(visitor.ask(shop, request => request.session())).rejects.toThrow('not yet')
  expect(visitor.cfid).toBeUndefined()
  for (let visit = 0; visit < 3; visit++) {
    const { result } = await visitor.ask(shop, async request => (await request.session())['began'])
    expect(result).toBe(2)
  }
})

behaviour(
  35,
  async ground => {
    const clock = manualClock()
    const ends: unknown[] = []
    const settings: NodeSettings = {
      reaper: true,
      sessionTimeout: 10_000,
      onSessionEnd({ session, application, reason }) {
        ends.push([session['cart'], reason])
        application['ended'] = Number(application['ended'] ?? 0) + 1
      },
    }
    const a = await openNode(ground, clock, settings)
    await openNode(ground, clock, settings)
    await customer(a, { cart: ['tea'] })
    await until(ground, clock, () => ends.length > 0)
    // Whoever else could tell it had time to.
    const quietUntil = clock.now() + 30_000
    await until(ground, clock, () => clock.now() > quietUntil)
    expect(ends).toEqual([[['tea'], 'expired']])
    const scope = await a.scopesOf('application').open(a.definitions.application, '_')
    expect(scope.value['ended']).toBe(1)
  },
  { stores: ['memory', 'sqlite'] },
)

behaviour(
  35,
  async ground => {
    const told = new Map<string, unknown>()
    let tell: () => void = () => {}
    const all = new Promise<void>(resolve => (tell = resolve))
    const settings: NodeSettings = {
      reaper: true,
      sessionTimeout: 1000,
      onSessionEnd({ session, application, reason, deliveryId }) {
        told.set(deliveryId, [session['cart'], application.applicationname, reason])
        if (told.size === 4) tell()
      },
    }
    const nodes = [await openNode(ground, systemClock, settings), await openNode(ground, systemClock, settings)]
    for (const [index, shop] of [...nodes, ...nodes].entries()) await customer(shop, { cart: [index] })
    await all
    // One end for each, whoever told of it.
    const expected = [0, 1, 2, 3].map(index => [[index], 'shop', 'expired'])
    expect(new Set(told.values())).toEqual(new Set(expected))
  },
  // By the clock of the machine: the server sends changes when it likes, and no clock of a test can wait for them.
  { stores: ['couchbase'] },
)

behaviour(
  35,
  async ground => {
    const clock = shiftedClock()
    const ends: unknown[] = []
    let tell: () => void = () => {}
    const told = new Promise<void>(resolve => (tell = resolve))
    const onSessionEnd: NodeSettings['onSessionEnd'] = ({ session, application, reason }) => {
      ends.push([session['cart'], application.applicationname, reason])
      tell()
    }
    const [a, b] = [await openNode(ground, clock, { onSessionEnd }), await openNode(ground, clock, { onSessionEnd })]
    const visitor = await customer(a, { cart: ['tea'] })
    clock.advance(31 * minute)
    expect(await seen(b, visitor, 'cart')).toBeUndefined()
    await told
    expect(ends).toEqual([[['tea'], 'shop', 'expired']])
  },
  { part: 'found by the next access' },
)

behaviour(36, async ground => {
  const clock = shiftedClock()
  const events: string[] = []
  const settings: NodeSettings = {
    applicationTimeout: 20 * minute,
    sessionTimeout: 30 * minute,
    onApplicationStart: () => void events.push('application start'),
    onApplicationEnd: () => void events.push('application end'),
    onSessionEnd: () => void events.push('session end'),
  }
  const shop = await openNode(ground, clock, settings)
  const [first, second] = [await customer(shop), await customer(shop)]
  clock.advance(15 * minute)
  await shop
    .scopesOf('session')
    .open(shop.definitions.session, first.cfid ?? '')
    .then(scope => scope.end())
  expect(events).toEqual(['application start', 'session end'])
  // The end of a session was no use of the application: twenty minutes after the last request it is over.
  clock.advance(6 * minute)
  expect(await seen(shop, second, 'user')).toBe('ann')
  expect(events).toEqual(['application start', 'session end', 'application end', 'application start'])
})

behaviour(37, async ground => {
  const clock = shiftedClock()
  const [a, b] = [await openNode(ground, clock), await openNode(ground, clock)]
  const visitor = await customer(a, { user: 'ann', cart: { items: [1, 2] } })
  await visitor.ask(a, async request => {
    ;(await request.client())['theme'] = 'dark'
  })
  const csrf = async (request: ShopRequest) => {
    const scope = await request.requestScope('session')
    return { value: scope.value, update: scope.update.bind(scope) }
  }
  const { result: token } = await visitor.ask(a, async request => csrfGenerateToken(await csrf(request)))
  const old = { cfid: visitor.cfid ?? '', started: await startOf(visitor) }
  async function startOf(who: Visitor): Promise<number> {
    return (await who.ask(b, async request => (await request.sessionStartTime()).getTime())).result
  }
  clock.advance(5 * minute)
  const { setCookies, result: built } = await visitor.ask(a, async request => {
    const session = await request.session()
    await request.sessionRotate()
    return [
      session.cfid,
      session.sessionid,
      session.urltoken,
      session.lastvisit.getTime() - session.timecreated.getTime(),
    ]
  })
  expect(setCookies.filter(line => line.startsWith('cfid='))).toHaveLength(1)
  const { cfid = '' } = visitor
  expect(cfid).not.toBe(old.cfid)
  expect(built).toEqual([cfid, `shop_${cfid}_0`, `CFID=${cfid}&CFTOKEN=0`, 0])
  expect(await startOf(visitor)).toBeGreaterThan(old.started + 4 * minute)
  expect([await seen(b, visitor, 'user'), await seen(b, visitor, 'cart')]).toEqual(['ann', { items: [1, 2] }])
  await visitor.ask(b, async request => {
    expect((await request.client())['theme']).toBe('dark')
    expect(csrfVerifyToken(await csrf(request), token)).toBe(true)
  })
  for (const shop of [a, b]) {
    const thief = new Visitor()
    thief.keep('cfid', old.cfid)
    expect(await seen(shop, thief, 'user')).toBeUndefined()
  }
})

behaviour(38, async ground => {
  const clock = shiftedClock()
  const ends: unknown[] = []
  const onSessionEnd: NodeSettings['onSessionEnd'] = ({ session, cfid }) => void ends.push([session['user'], cfid])
  const shop = await openNode(ground, clock, { onSessionEnd })
  const visitor = await customer(shop)
  await visitor.ask(shop, async request => {
    ;(await request.client())['theme'] = 'dark'
  })
  const [oldSession, oldClient] = [visitor.cfid, visitor.valueOf('cfclient')]
  const { result: before } = await visitor.ask(shop, async request => {
    const { urltoken, timecreated } = await request.session()
    return { urltoken, created: timecreated.getTime() }
  })
  clock.advance(5 * minute)
  const { setCookies } = await visitor.ask(shop, async request => {
    await request.sessionInvalidate()
    expect(ends).toEqual([['ann', oldSession]])
    expect(await request.sessionExists()).toBe(false)
  })
  // Nothing takes its place before somebody asks for it.
  expect(setCookies.filter(line => line.startsWith('cfid='))).toEqual([expect.stringContaining('Max-Age=0')])
  await visitor.ask(shop, async request => {
    const session = await request.session()
    expect([session['user'], session.urltoken === before.urltoken]).toEqual([undefined, false])
    expect(session.timecreated.getTime()).toBeGreaterThan(before.created)
    expect((await request.client())['theme']).toBe('dark')
  })
  expect(visitor.valueOf('cfclient')).not.toBe(oldClient)
})

behaviour(39, async ground => {
  const [a, b] = [await openNode(ground, shiftedClock()), await openNode(ground, shiftedClock())]
  const visitor = await customer(a)
  const id = visitor.cfid
  await visitor.ask(b, request => request.sessionRotate())
  expect(visitor.cfid).not.toBe(id)
  expect(await seen(a, visitor, 'user')).toBe('ann')
  const rotated = new Visitor()
  rotated.keep('cfid', visitor.cfid)
  await visitor.ask(b, request => request.sessionInvalidate())
  expect(await seen(a, rotated, 'user')).toBeUndefined()
})

behaviour(40, async ground => {
  const [a, b] = [await openNode(ground, shiftedClock()), await openNode(ground, shiftedClock())]
  const visitor = await customer(a)
  await visitor.ask(a, async request => {
    const session = await request.session()
    session['user'] = 'bob'
    await request.sessionCommit()
    expect(await seen(b, visitor, 'user')).toBe('bob')
    session['user'] = 'cleo'
    expect(await seen(b, visitor, 'user')).toBe('bob')
  })
  expect(await seen(b, visitor, 'user')).toBe('cleo')
})
