import { beforeEach, describe, expect, test } from 'vitest'
import { encodeFrame, frameKinds } from '../../src/document/frame.ts'
import { pack } from '../../src/document/packer.ts'
import type { PartitionChange, ScopeChange } from '../../src/feed/scope-change.ts'
import { type KnownPosition, positionAfter } from '../../src/feed/slot.ts'
import type { ScopeKey } from '../../src/document/scope-key.ts'
import type { StoredDocument } from '../../src/document/stored-document.ts'
import { bytesOf, ended, idOf, lifeOf, live, tokenOf } from './lettered-documents.ts'
import { type Consumer, LetteredStore, message, shorten } from './lettered-store.ts'

let store: LetteredStore
beforeEach(() => {
  store = new LetteredStore()
})

/** A consumer that has caught up. */
async function consumer(options: Parameters<LetteredStore['consume']>[0] = {}): Promise<Consumer> {
  const made = store.consume(options)
  await made.told()
  return made
}

describe('what is told', () => {
  test('created once per life and ended once, on every node, in version order (C01)', async () => {
    const nodes = [await consumer(), await consumer(), await consumer({ since: 'beginning' })]
    const told = nodes.map((): string[] => [])
    const steps = [
      live('a'),
      live('ab'),
      live('abc'),
      live('abc', { frames: 1 }),
      ended('abcZ'),
      live('x', { life: 2 }),
    ]
    for (const step of steps) {
      await store.put('1', step)
      for (const [index, node] of nodes.entries()) told[index]?.push(...(await node.told()))
    }
    for (const each of told) {
      expect(each).toEqual([
        '1 created 1:a',
        '1 updated 1:ab',
        '1 updated 1:abc',
        '1 touched 1:abc',
        '1 ended 1:abc',
        '1 created 2:x',
      ])
    }
  })

  test('created also when the feed has left out version 1', async () => {
    const node = await consumer()
    const createdAt = store.clock.now() + 1
    await store.put('1', live('a', { createdAt }))
    await store.put('1', live('ab', { createdAt }))
    expect(await node.told()).toEqual(['1 created 1:a', '1 updated 1:ab'])
  })

  test('first-reset: from now on, a scope that is older than the subscription is a reset', async () => {
    await store.put('1', live('ab'))
    const node = await consumer()
    await store.put('1', live('abc'))
    await store.put('2', live('x', { life: 2 }))
    expect(await node.told()).toEqual(['1 reset (first) 1:abc', '2 created 2:x'])
  })

  test('from the beginning, everything that documents still say', async () => {
    await store.put('1', live('ab'))
    await store.put('2', live('xyz', { life: 2, frames: 1 }))
    await store.put('3', ended('pZ', { life: 3 }))
    const node = store.consume({ since: 'beginning' })
    expect(shorten(await node.pull())).toEqual([
      '1 created 1:a',
      '1 updated 1:ab',
      '2 reset (first) 2:xyz',
      '3 ended 3:p',
    ])
  })

  test('a removal of a scope that nobody knows is not told; of a known one it is', async () => {
    await store.put('1', live('a'))
    const node = await consumer()
    await store.put('1', undefined)
    expect(await node.told()).toEqual([])
    await store.put('1', live('x', { life: 2 }))
    await store.put('2', live('y', { life: 3 }))
    expect(await node.told()).toEqual(['1 created 2:x', '2 created 3:y'])
    await store.put('1', undefined)
    expect(await node.told()).toEqual(['1 ended 2:?'])
  })

  test('nothing of what is no scope, is another application, or is a rotation that has not been decided', async () => {
    const node = await consumer({ accepts: (key: ScopeKey) => key.application === 'shop' })
    await store.store.insert('lock:shop:1', bytesOf(live('a')))
    await store.store.insert('session:blog:1', bytesOf(live('a')))
    await store.store.insert('nonsense', new Uint8Array())
    await store.put('1', live('a', { isProvisional: true }))
    expect(await node.told()).toEqual([])
    await store.put('1', live('a'))
    expect(await node.told()).toEqual(['1 created 1:a'])
  })

  test('nothing of a scope that is found past its deadline, until somebody ends it', async () => {
    const deadline = store.clock.in(0)
    const node = await consumer({ since: 'beginning' })
    await store.put('1', live('ab', { deadline }))
    expect(await node.told()).toEqual([])
    await store.put('1', ended('abZ'))
    expect(await node.told()).toEqual(['1 ended 1:ab'])
  })

  test('patches are made when they are read, and not before', async () => {
    const node = await consumer()
    await store.put('1', live('a'))
    await node.told()
    await store.put('1', live('ab'))
    await store.store.feed?.probe()
    const [change] = await node.pull()
    expect(Object.getOwnPropertyDescriptor(change, 'patches')).toHaveProperty('get', expect.any(Function))
    expect(change).toMatchObject({ patches: [{ op: 'set', path: ['history'], value: 'ab' }] })
  })
})

describe('a document that cannot be read', () => {
  test('is announced, left alone, and the changes of others go on', async () => {
    const unreadable: string[] = []
    const node = await consumer({ onUnreadable: key => unreadable.push(key) })
    await store.put('1', live('a'))
    await store.put('2', live('x', { life: 2 }))
    await node.told()
    const damaged = Uint8Array.of(1, 2, 3)
    await store.put('1', damaged)
    await store.put('2', live('xy', { life: 2 }))
    expect(await node.told()).toEqual(['2 updated 2:xy'])
    expect(unreadable).toEqual(['session:shop:1'])
    expect((await store.load('1'))?.bytes).toEqual(damaged)
    await store.put('1', live('ab'))
    expect(await node.told()).toEqual(['1 updated 1:ab'])
  })

  test('is one of a foreign format or a record under the key of a scope, too', async () => {
    const unreadable: string[] = []
    const node = await consumer({ onUnreadable: key => unreadable.push(key) })
    const head = { kind: frameKinds.record, life: lifeOf(1), version: 1, commitId: idOf('a'), deadline: 0 }
    await store.put('1', encodeFrame(head, pack({})))
    expect(await node.told()).toEqual([])
    expect(unreadable).toEqual(['session:shop:1'])
  })
})

describe('resuming', () => {
  test('the token of an idle store, taken before any change, is a position (F01)', async () => {
    const [first] = await store.consume().pull()
    for (const id of ['1', '2', '3']) await store.put(id, live('a'))
    const resumed = store.consume({ since: first?.feedToken, known: () => undefined })
    expect(await resumed.told()).toEqual(['1 created 1:a', '2 created 1:a', '3 created 1:a'])
  })

  test('first-reset: without known, the first event of each scope is a reset, also of one that is new', async () => {
    await store.put('1', live('a'))
    const [caughtUp] = await store.consume().pull()
    await store.put('1', live('ab'))
    await store.put('2', live('x', { life: 2 }))
    const resumed = store.consume({ since: caughtUp?.feedToken })
    expect(await resumed.told()).toEqual(['1 reset (first) 1:ab', '2 reset (first) 2:x'])
    await store.put('2', live('xy', { life: 2 }))
    expect(await resumed.told()).toEqual(['2 updated 2:xy'])
  })

  test('save-after: whoever stops after any change and goes on from its token misses nothing and is told nothing twice', async () => {
    const node = await consumer({ since: 'beginning' })
    const all: (ScopeChange | PartitionChange)[] = []
    const steps = [
      ['1', live('abc')],
      ['2', live('x', { life: 2 })],
      ['1', live('abcd')],
      ['2', live('y', { life: 3 })],
      ['1', ended('abcdeZ')],
    ] as const
    for (const [id, document] of steps) {
      await store.put(id, document)
      await store.store.feed?.probe()
      all.push(...(await node.pull()))
    }
    expect(shorten(all).length).toBeGreaterThan(5)
    for (const [index, { feedToken }] of all.entries()) {
      const seen = all.slice(0, index + 1)
      const since = feedToken ?? 'beginning'
      const resumed = store.consume({ since, known: key => knownAfter(seen, key) })
      const told = [...shorten(seen), ...(await resumed.told())]
      expect(told).toEqual([...new Set(told)])
      for (const id of ['1', '2']) expect(told.findLast(isAbout(id))).toBe(shorten(all).findLast(isAbout(id)))
    }
  })

  test('a token is not handed out with a change that its message goes on after', async () => {
    const node = store.consume()
    const [caughtUp] = await node.pull()
    const before = caughtUp?.feedToken
    await store.put('1', live('abc', { createdAt: store.clock.now() }))
    await store.store.feed?.probe()
    const changes = await node.pull()
    expect(shorten(changes)).toEqual(['1 created 1:a', '1 updated 1:ab', '1 updated 1:abc'])
    expect(changes.slice(0, 2).map(change => change.feedToken)).toEqual([before, before])
    expect(changes[2]?.feedToken).not.toBe(before)
  })

  test('a consumer that says where it stands, without the token, is read once and told what is new', async () => {
    await store.put('1', live('ab'))
    const [caughtUp] = await store.consume().pull()
    await store.put('1', live('abc'))
    let loads = 0
    const known = { life: lifeOf(1), version: 2, commitId: idOf('b') }
    const resumed = store.consume({
      since: caughtUp?.feedToken,
      known: () => known,
      load: key => (loads++, store.store.load(key)),
    })
    expect(await resumed.told()).toEqual(['1 updated 1:abc'])
    await store.put('1', live('abcd'))
    expect(await resumed.told()).toEqual(['1 updated 1:abcd'])
    expect(loads).toBe(1)
  })
})

describe('rolled-back and lost', () => {
  const a = message(1, { type: 'document', id: '1', document: live('a'), token: 10 })
  const b = message(2, { type: 'document', id: '2', document: live('x', { life: 2 }), token: 20 })
  const rolledBack = message(3, { type: 'rolled-back' })
  const stored = (document: ReturnType<typeof live>, token: number): StoredDocument => ({
    bytes: bytesOf(document),
    token: tokenOf(token),
  })

  test('re-read, tell-subscriber, token-waits: it is told, all known scopes are read again, then a token is handed out', async () => {
    // Session 1 has lost nothing, 2 has another commit; nobody writes, so no event says so.
    const documents = new Map([
      ['session:shop:1', stored(live('a'), 10)],
      ['session:shop:2', stored(live('y', { life: 2 }), 15)],
    ])
    const later = message(4, { type: 'document', id: '1', document: live('ab'), token: 30 })
    const node = store.consume({ messages: [a, b, rolledBack, later], load: async key => documents.get(key) })
    const changes = await node.pull()
    expect(shorten(changes)).toEqual([
      '1 created 1:a',
      '2 created 2:x',
      'rolled-back',
      '2 reset (rolled-back) 2:y',
      '1 updated 1:ab',
    ])
    expect(changes.map(change => change.feedToken)).toEqual(['1', '2', '2', '2', '4'])
  })

  test('re-read: also of a scope that is gone', async () => {
    const node = store.consume({ messages: [a, rolledBack], load: async () => undefined })
    expect(shorten(await node.pull())).toEqual(['1 created 1:a', 'rolled-back', '1 ended 1:?'])
  })

  test('re-end: a life whose end was told and was rolled back is ended again before a token is handed out', async () => {
    const end = message(2, { type: 'document', id: '1', document: ended('aZ'), token: 20 })
    const ends: unknown[] = []
    const node = store.consume({
      messages: [a, end, rolledBack],
      load: async () => stored(live('a'), 10),
      endAgain: async (key, { token }) => void ends.push([key, token, node.follower.feedToken]),
    })
    expect(shorten(await node.pull())).toEqual(['1 created 1:a', '1 ended 1:a', 'rolled-back'])
    expect(ends).toEqual([['session:shop:1', 10n, '2']])
    expect(node.follower.feedToken).toBe('3')
  })

  test('many scopes are read again a few at a time', async () => {
    const documents = Array.from({ length: 100 }, (_, index) =>
      message(index, { type: 'document', id: String(index), document: live('a'), token: 10 }),
    )
    let inFlight = 0
    let most = 0
    const node = store.consume({
      messages: [...documents, rolledBack],
      load: async () => {
        most = Math.max(most, ++inFlight)
        await Promise.resolve()
        inFlight--
        return stored(live('ab'), 20)
      },
    })
    expect(shorten(await node.pull()).filter(text => text.endsWith('updated 1:ab'))).toHaveLength(100)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThan(50)
  })

  test('a consumer that was away for too long is told lost, and of the scopes that ended meanwhile', async () => {
    store = new LetteredStore(4)
    const node = await consumer()
    await store.put('1', live('a'))
    await store.put('2', live('x', { life: 2 }))
    await node.told()
    await store.put('2', undefined)
    for (const letters of ['ab', 'abc', 'abcd', 'abcde', 'abcdef']) await store.put('1', live(letters))
    expect(await node.told()).toEqual([
      'lost',
      '1 updated 1:ab',
      '1 updated 1:abc',
      '1 updated 1:abcd',
      '1 updated 1:abcde',
      '1 updated 1:abcdef',
      '2 ended 2:?',
    ])
  })

  test('a token of another store is told as rolled-back, and everything comes', async () => {
    const elsewhere = new LetteredStore()
    await elsewhere.put('1', live('a'))
    const [caughtUp] = await elsewhere.consume().pull()
    await store.put('2', live('x', { life: 2 }))
    const known = { life: lifeOf(1), version: 1, commitId: idOf('a'), token: tokenOf(1) }
    const resumed = store.consume({ since: caughtUp?.feedToken, known: ({ id }) => (id === '1' ? known : undefined) })
    const changes = await resumed.pull()
    expect(shorten(changes)).toEqual(['rolled-back', '2 created 2:x'])
    expect(changes.at(0)?.feedToken).toBe(caughtUp?.feedToken)
  })
})

describe('positions', () => {
  test('a dropped one costs one reset (first), never a loss; those of ended scopes are dropped first', async () => {
    const node = await consumer({ maxPositions: 2 })
    for (const id of ['1', '2']) await store.put(id, live('a'))
    await store.put('1', ended('aZ'))
    await store.put('3', live('x', { life: 3 }))
    await node.told()
    // Dropped was session 1; 2 and 3 are held.
    await store.put('2', live('ab'))
    await store.put('3', live('xy', { life: 3 }))
    await store.put('4', live('p', { life: 4 }))
    expect(await node.told()).toEqual(['2 updated 1:ab', '3 updated 3:xy', '4 created 4:p'])
    // Now 2 is dropped, and whether a scope that nothing is held of was never told can no longer be known.
    await store.put('2', live('abc'))
    await store.put('5', live('q', { life: 5 }))
    expect(await node.told()).toEqual(['2 reset (first) 1:abc', '5 reset (first) 5:q'])
  })

  test('are not needed by a consumer who knows', async () => {
    const seen: (ScopeChange | PartitionChange)[] = []
    const node = await consumer({ maxPositions: 1, known: key => knownAfter(seen, key) })
    for (const letters of ['a', 'ab', 'abc']) {
      for (const id of ['1', '2', '3']) await store.put(id, live(letters))
      await store.store.feed?.probe()
      seen.push(...(await node.pull()))
    }
    expect(shorten(seen).filter(text => text.startsWith('2'))).toEqual([
      '2 created 1:a',
      '2 updated 1:ab',
      '2 updated 1:abc',
    ])
  })
})

describe('failures', () => {
  test('when a load fails it rejects; the same follower goes on from its token and repeats nothing', async () => {
    let isDown = true
    const down = new Error('down')
    const known = { life: lifeOf(1), version: 1, commitId: idOf('a') }
    await store.put('1', live('a'))
    const node = await consumer({
      known: ({ id }) => (id === '1' ? known : undefined),
      load: key => (isDown ? Promise.reject(down) : store.store.load(key)),
    })
    await store.put('2', live('x', { life: 2 }))
    await store.put('1', live('ab'))
    await expect(node.told()).rejects.toBe(down)
    isDown = false
    node.reopen()
    expect(await node.told()).toEqual(['1 updated 1:ab'])
    await store.put('2', live('xy', { life: 2 }))
    expect(await node.told()).toEqual(['2 updated 2:xy'])
  })

  test('when loads fail after rolled-back, nothing is lost: it is told again', async () => {
    const before = [message(1, { type: 'document', id: '1', document: live('a'), token: 10 })]
    const rolledBack = message(2, { type: 'rolled-back' })
    let isDown = true
    const node = store.consume({
      messages: [...before, rolledBack],
      load: async () => {
        if (isDown) throw new Error('down')
        return { bytes: bytesOf(live('b')), token: tokenOf(5) }
      },
    })
    await expect(node.pull()).rejects.toThrow('down')
    expect(node.follower.feedToken).toBe('1')
    isDown = false
    const again = node.follower.follow(
      (async function* () {
        yield rolledBack
      })(),
    )
    const changes: (ScopeChange | PartitionChange)[] = []
    for await (const change of again) changes.push(change)
    expect(shorten(changes)).toEqual(['rolled-back', '1 reset (rolled-back) 1:b'])
  })

  test('a feed that brings no bytes is refused', async () => {
    const { bytes: _bytes, ...rest } = message(1, { type: 'document', id: '1', document: live('a'), token: 10 }) as {
      bytes: unknown
    }
    const bare = { ...rest, bytes: undefined } as ReturnType<typeof message>
    await expect(store.consume({ messages: [bare] }).pull()).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

function isAbout(id: string): (text: string) => boolean {
  return text => text.startsWith(`${id} `)
}

/** Where a consumer stands that has applied these changes. */
function knownAfter(seen: readonly (ScopeChange | PartitionChange)[], key: ScopeKey): KnownPosition | undefined {
  const last = seen.findLast((change): change is ScopeChange => 'key' in change && change.key.id === key.id)
  return last && positionAfter(last)
}
