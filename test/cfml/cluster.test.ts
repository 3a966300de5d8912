import { documentKey } from '@scopes/core'
import { expect, onTestFinished } from 'vitest'
import { type Ground, behaviour } from './behaviour.ts'
import { customer, openBreakableNode, openNode, seen } from './node.ts'
import { shiftedClock } from './shifted-clock.ts'
import { type Shop, Visitor } from './visitor.ts'

const minute = 60_000

/** Two nodes of one application. */
async function nodes(ground: Ground, isCluster: boolean): Promise<readonly [Shop, Shop]> {
  const clock = shiftedClock()
  const settings = { sessionCluster: isCluster, clientCluster: isCluster }
  return [await openNode(ground, clock, settings), await openNode(ground, clock, settings)]
}

/** Something to wait for, and how it is brought about. */
function signal(): { readonly come: Promise<void>; readonly go: () => void } {
  let go = (): void => {}
  const come = new Promise<void>(resolve => (go = resolve))
  return { come, go: () => go() }
}

behaviour(18, async ground => {
  const [a, b] = await nodes(ground, true)
  const visitor = await customer(a, { x: 0 })
  expect(await seen(b, visitor, 'x')).toBe(0)
  await visitor.ask(a, async request => {
    ;(await request.session())['x'] = 1
  })
  expect(await seen(b, visitor, 'x')).toBe(1)
})

behaviour(19, async ground => {
  const [a, b] = await nodes(ground, false)
  const visitor = await customer(a, { x: 0 })
  // Without the cookie that says what he has written: with it he sees that on every node.
  const stranger = new Visitor()
  stranger.keep('cfid', visitor.cfid)
  expect(await seen(b, stranger, 'x')).toBe(0)
  await visitor.ask(a, async request => {
    ;(await request.session())['x'] = 1
  })
  const { result } = await stranger.ask(b, async request => (await request.requestScope('session')).value['x'])
  expect(result).toBe(0)
  const restarted = await openNode(ground, shiftedClock(), { sessionCluster: false })
  expect(await seen(restarted, stranger, 'x')).toBe(1)
})

behaviour(20, async ground => {
  const clock = shiftedClock()
  const before = await openNode(ground, clock, { sessionCluster: false })
  const visitor = await customer(before)
  await before.close()
  const after = await openNode(ground, clock, { sessionCluster: false })
  expect(await seen(after, visitor, 'user')).toBe('ann')
})

behaviour(21, async ground => {
  for (const isCluster of [true, false]) {
    const [a, b] = await nodes(ground, isCluster)
    const visitor = await customer(a, { x: 0 })
    const stored = async (): Promise<unknown> => {
      const scope = await b.scopesOf('session').open(b.definitions.session, visitor.cfid ?? '', { maxStaleMs: 0 })
      return scope.value['x']
    }
    await visitor.ask(a, async request => {
      const session = await request.session()
      session['x'] = 1
      expect(await stored()).toBe(0)
      await request.sessionCommit()
      expect(await stored()).toBe(1)
      session['x'] = 2
      expect(await stored()).toBe(1)
    })
    expect(await stored()).toBe(2)
  }
})

behaviour(22, async ground => {
  const [a, b] = await nodes(ground, true)
  const visitor = await customer(a)
  await visitor.ask(a, async request => {
    ;(await request.client())['first'] = true
  })
  const { come, go } = signal()
  let arrived = 0
  const requests = Array.from({ length: 10 }, (_, index) =>
    visitor.ask(index % 2 === 0 ? a : b, async request => {
      const scopes = [await request.session(), await request.client()]
      for (const scope of scopes) scope[`before${index}`] = index
      if (++arrived === 10) go()
      await come
      for (const scope of scopes) scope[`after${index}`] = index
    }),
  )
  await Promise.all(requests)
  await visitor.ask(b, async request => {
    for (const scope of [await request.session(), await request.client()]) {
      const keys = Object.keys(scope).filter(key => /^(?:before|after)\d$/u.test(key))
      expect(keys).toHaveLength(20)
    }
  })
})

behaviour(23, async ground => {
  const early = shiftedClock()
  const [a, b] = [await openNode(ground, early), await openNode(ground, shiftedClock())]
  // The clock of the node that is first is far ahead: it decides nothing.
  early.advance(5 * minute)
  const visitor = await customer(a, { key: 'old' })
  await visitor.ask(a, async request => {
    ;(await request.session())['key'] = 'first'
    await request.sessionCommit()
    await visitor.ask(b, async other => {
      ;(await other.session())['key'] = 'second'
    })
    // It ends later, and what it had assigned was earlier.
    ;(await request.session())['other'] = 1
  })
  expect(await seen(b, visitor, 'key')).toBe('second')
})

behaviour(24, async ground => {
  const [a, b] = await nodes(ground, true)
  const visitor = await customer(a, { k: 1, other: 1 })
  await visitor.ask(b, async slow => {
    const session = await slow.session()
    session['other'] = 2
    await visitor.ask(a, async request => {
      delete (await request.session())['k']
    })
  })
  expect([await seen(a, visitor, 'k'), await seen(b, visitor, 'other')]).toEqual([undefined, 2])
})

behaviour(25, async ground => {
  const [a, b] = await nodes(ground, true)
  const visitor = await customer(a)
  await visitor.ask(b, async slow => {
    ;(await slow.session())['m'] = 1
    await visitor.ask(a, async request => {
      ;(await request.session())['n'] = 1
    })
  })
  expect([await seen(a, visitor, 'm'), await seen(a, visitor, 'n')]).toEqual([1, 1])
})

behaviour(26, async ground => {
  for (const isCluster of [true, false]) {
    const [a, b] = await nodes(ground, isCluster)
    const item = { sku: 'x', qty: 1 }
    const visitor = await customer(a, { cart: { items: [item, item, item, item] } })
    await visitor.ask(a, async slow => {
      const { items } = (await slow.session())['cart'] as { items: { qty: number }[] }
      for (const last of items.slice(3)) last.qty = 5
      await visitor.ask(b, async request => {
        ;(await request.session())['key'] = 1
      })
    })
    expect(await seen(a, visitor, 'cart')).toEqual({ items: [item, item, item, { sku: 'x', qty: 5 }] })
    expect(await seen(a, visitor, 'key')).toBe(1)
  }
})

behaviour(27, async ground => {
  const clock = shiftedClock()
  const settings = { sessionTimeout: 10 * minute, disableSessionVisits: true }
  const reader = await openBreakableNode(ground, clock, settings)
  const writer = await openNode(ground, clock, settings)
  const visitor = await customer(writer, { read: 'me' })
  expect(await seen(reader.shop, visitor, 'read')).toBe('me')
  expect(reader.writes).toBe(0)
  // What somebody else stores meanwhile stays.
  await visitor.ask(reader.shop, async slow => {
    const session = await slow.session()
    await visitor.ask(writer, async request => {
      ;(await request.session())['written'] = 'meanwhile'
    })
    return session['read']
  })
  expect(await seen(writer, visitor, 'written')).toBe('meanwhile')
  const versionOf = async (): Promise<number> => {
    const scopes = writer.scopesOf('session')
    return (await scopes.open(writer.definitions.session, visitor.cfid ?? '', { maxStaleMs: 0 })).version
  }
  const version = await versionOf()
  for (let visit = 1; visit <= 3; visit++) {
    clock.advance(9 * minute)
    // No answer waits for the renewal, but somebody who looks for it does.
    const renewed = reader.nextWrite()
    expect(await seen(reader.shop, visitor, 'read')).toBe('me')
    await renewed
    expect([reader.writes, await versionOf()]).toEqual([visit, version])
  }
  expect(await seen(writer, visitor, 'read')).toBe('me')
})

behaviour(28, async ground => {
  for (const isCluster of [true, false]) {
    const [a, b] = await nodes(ground, isCluster)
    const visitor = await customer(a)
    expect(await seen(b, visitor, 'user')).toBe('ann')
    const id = visitor.cfid ?? ''
    const late = new Visitor()
    late.keep('cfid', id)
    const running = late.ask(b, async request => {
      const session = await request.session()
      await visitor.ask(a, ending => ending.sessionInvalidate())
      session['user'] = 'late'
    })
    await expect(running).rejects.toMatchObject({ code: 'ended' })
    const next = new Visitor()
    next.keep('cfid', id)
    await next.ask(b, async request => {
      ;(await request.session())['other'] = 'new'
    })
    expect(next.cfid).not.toBe(id)
    const stored = await a.scopesOf('session').open(a.definitions.session, id, { maxStaleMs: 0 })
    expect([stored.isStored, stored.ended?.detail]).toEqual([false, 'invalidated'])
  }
})

behaviour(29, async ground => {
  for (const isCluster of [true, false]) {
    const settings = { sessionStorage: 'memory', clientStorage: 'memory' }
    const shop = await openNode(ground, shiftedClock(), {
      ...settings,
      sessionCluster: isCluster,
      clientCluster: isCluster,
    })
    const visitor = await customer(shop)
    for (let visit = 0; visit < 2; visit++) {
      await visitor.ask(shop, async request => {
        const client = await request.client()
        client['visits'] = Number(client['visits'] ?? 0) + 1
      })
    }
    expect(await seen(shop, visitor, 'user')).toBe('ann')
    const { result } = await visitor.ask(shop, async request => (await request.client())['visits'])
    expect(result).toBe(2)
    const elsewhere = await openNode(ground, shiftedClock(), settings)
    expect(await seen(elsewhere, visitor, 'user')).toBeUndefined()
  }
})

behaviour(30, async ground => {
  const node = await openBreakableNode(ground, shiftedClock(), { commitTimeoutMs: 100 })
  const visitor = await customer(node.shop)
  const id = visitor.cfid
  node.isDown = true
  await expect(seen(node.shop, visitor, 'user')).rejects.toMatchObject({ code: 'store-unavailable', status: 503 })
  node.isDown = false
  const running = visitor.ask(node.shop, async request => {
    const session = await request.session()
    session['user'] = 'bob'
    node.isDown = true
  })
  await expect(running).rejects.toMatchObject({ code: 'store-unavailable', status: 503 })
  node.isDown = false
  const again = await openNode(ground, shiftedClock())
  expect(visitor.cfid).toBe(id)
  expect(await seen(again, visitor, 'user')).toBe('ann')
})

behaviour(31, async ground => {
  const clock = shiftedClock()
  const shop = await openNode(ground, clock)
  const visitor = await customer(shop)
  const raw = await ground.open(clock)
  await raw.open()
  onTestFinished(() => raw.close())
  const key = documentKey({ application: 'shop', kind: 'session', id: visitor.cfid ?? '' })
  const stored = await raw.load(key)
  const damaged = Uint8Array.from(stored?.bytes ?? [], (byte, index) => (index === 20 ? byte ^ 0xff : byte))
  if (stored) await raw.replace(key, damaged, stored.token)
  const refusal = { code: 'unreadable' }
  await expect(seen(shop, visitor, 'user')).rejects.toMatchObject(refusal)
  await expect(
    visitor.ask(shop, async request => {
      ;(await request.session())['user'] = 'bob'
    }),
  ).rejects.toMatchObject(refusal)
  expect([...((await raw.load(key))?.bytes ?? [])]).toEqual([...damaged])
})

behaviour(32, async ground => {
  const clock = shiftedClock()
  const shop = await openNode(ground, clock, { sessionTimeout: 10 * minute })
  const visitor = await customer(shop)
  await visitor.ask(shop, async request => {
    const session = await request.session()
    session['before'] = 1
    // What can be set in the middle of a request is the time-out of this session.
    ;(await request.requestScope('session')).setLifetime({ idle: 60 * minute })
    const again = await request.session()
    again['after'] = 2
    expect(again['before']).toBe(1)
  })
  clock.advance(50 * minute)
  expect([await seen(shop, visitor, 'before'), await seen(shop, visitor, 'after')]).toEqual([1, 2])
})

behaviour(
  32,
  async ground => {
    const clock = shiftedClock()
    const before = await openNode(ground, clock, { sessionTimeout: 10 * minute })
    const visitor = await customer(before)
    await visitor.ask(before, async request => {
      const session = await request.session()
      session['before'] = 1
      const after = await openNode(ground, clock, { sessionTimeout: 60 * minute, disableSessionVisits: true })
      await visitor.ask(after, async other => void ((await other.session())['new settings'] = 2))
      session['after'] = 3
    })
    const { result } = await visitor.ask(before, async request => ({ ...(await request.session()) }))
    expect(result).toMatchObject({ user: 'ann', before: 1, 'new settings': 2, after: 3 })
  },
  { part: 'by processes that begin meanwhile' },
)

behaviour(33, async ground => {
  const starts: string[] = []
  const settings = {
    rotateUnknownIds: false,
    onSessionStart({ session }: { readonly session: { cfid: string; welcome?: unknown } }) {
      starts.push(session.cfid)
      session.welcome = 'yes'
    },
  }
  const [a, b] = [await openNode(ground, shiftedClock(), settings), await openNode(ground, shiftedClock(), settings)]
  const id = crypto.randomUUID()
  const both = [a, b].map(async (shop, index) => {
    const visitor = new Visitor()
    visitor.keep('cfid', id)
    await visitor.ask(shop, async request => {
      ;(await request.session())[`from${index}`] = index
    })
  })
  await Promise.all(both)
  expect(starts).toEqual([id])
  const visitor = new Visitor()
  visitor.keep('cfid', id)
  const { result } = await visitor.ask(a, async request => {
    const { welcome, from0, from1 } = await request.session()
    return [welcome, from0, from1]
  })
  expect(result).toEqual(['yes', 0, 1])
})
