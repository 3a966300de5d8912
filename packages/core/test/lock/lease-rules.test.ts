import { expect, test } from 'vitest'
import { type Flaw, LockWorld } from './lock-world.ts'

/** Lease 300 ms: a holder believes for 240, a waiter waits 330. */
interface Trace {
  readonly rule: string
  readonly flaw: Flaw
  /** What happens; ends with what is seen. */
  readonly run: (world: LockWorld) => unknown
  /** What is seen when the rule is kept; without it, it is something else, or an invariant is broken. */
  readonly kept: unknown
}

/** A has the lock without knowing it, for the answer is late; B has watched it until it counts as dead, and its takeover is on its way. */
function takeoverUnderWay(world: LockWorld): void {
  world.wants('A')
  world.execute('A')
  world.wants('B')
  world.settle('B')
  world.passes(329, 'B')
  for (let step = 0; step < 30 && world.stateOf('B') !== 'asking'; step++) {
    world.passes(1)
    if (world.stateOf('B') === 'waiting') world.wakes('B')
    world.execute('B')
    world.hears('B')
  }
}

const traces: readonly Trace[] = [
  {
    rule: 'L1 takeover-by-token: B judges A silent and lingers; A shows that it lives; B overwrites it',
    flaw: { request: request => ({ ...request, isBlind: request.type === 'replace' }) },
    run: world => {
      takeoverUnderWay(world)
      world.hears('A')
      world.settle('A')
      world.settle('B')
      return world.believes('A')
    },
    kept: true,
  },
  {
    rule: 'L2 release-own: A’s release is slow; the lock passes to B; A’s removal frees B',
    flaw: { request: request => ({ ...request, isBlind: request.type === 'remove' }) },
    run: world => {
      world.wants('A')
      world.settle('A')
      world.leaves('A')
      world.wants('B')
      world.settle('B')
      world.passes(400, 'B')
      world.execute('A')
      return [world.believes('B'), world.stored?.holders.map(({ id }) => id)]
    },
    kept: [true, ['B']],
  },
  {
    rule: 'L3 own-id: after a lost answer A waits a whole lease for itself',
    flaw: { wish: (wish, { type }) => (type === 'looking' ? { ...wish, id: `${wish.id} again` } : wish) },
    run: world => {
      world.wants('A')
      world.execute('A')
      world.losesAnswer('A')
      world.settle('A')
      return world.stateOf('A')
    },
    kept: 'held',
  },
  {
    rule: 'L4 belief-from-send: the answer comes late; A and B believe at once',
    flaw: { believesFrom: (_, now) => now },
    run: world => {
      world.wants('A')
      world.execute('A')
      world.wants('B')
      world.settle('B')
      world.passes(300, 'B')
      world.hears('A')
      world.passes(100, 'B')
      return world.believes('B')
    },
    kept: true,
  },
  {
    rule: 'L5 observe-from-answer: the read is slow, A comes on the way; B drops A too early',
    flaw: { answeredAt: (_, sentAt) => sentAt },
    run: world => {
      world.wants('B', { begins: 'look' })
      world.passes(250)
      world.wants('A')
      world.settle('A')
      world.settle('B')
      world.passes(150, 'B')
      return world.believes('A')
    },
    kept: true,
  },
  {
    rule: 'L6 holders-lease: A has 900, B has 300, and drops A after 300',
    flaw: {
      view: (view, name) =>
        name === 'B' && view
          ? {
              ...view,
              document: { ...view.document, holders: view.document.holders.map(entry => ({ ...entry, leaseMs: 300 })) },
            }
          : view,
    },
    run: world => {
      world.wants('A', { leaseMs: 900 })
      world.settle('A')
      world.wants('B')
      world.settle('B')
      world.passes(600, 'B')
      return world.believes('A')
    },
    kept: true,
  },
  {
    rule: 'L7 observe: A dies; B’s signs of life renew the document for the dead one too, and A’s entry never goes',
    flaw: {
      view: view =>
        view && {
          ...view,
          document: {
            ...view.document,
            holders: view.document.holders.map(entry => ({ ...entry, beat: Math.random() })),
          },
        },
    },
    run: world => {
      world.wants('A')
      world.settle('A')
      world.dies('A')
      world.wants('B')
      world.settle('B')
      world.passes(3000, 'B')
      return world.believes('B')
    },
    kept: true,
  },
  {
    rule: 'ttl-net: the document of a dead holder whom nobody waits for stays for ever',
    flaw: { ttlMs: () => Infinity },
    run: world => {
      world.wants('A')
      world.settle('A')
      world.dies('A')
      world.passes(3000)
      return world.stored
    },
    kept: undefined,
  },
  {
    rule: 'ttl-relative: a client whose clock is slow has its lease cut short; A and B believe at once',
    flaw: { ttlMs: ttlMs => ttlMs - 600_000 },
    run: world => {
      world.wants('A')
      world.settle('A')
      world.passes(1)
      world.wants('B')
      world.settle('B')
      return world.believes('A')
    },
    kept: true,
  },
  {
    rule: 'L11 queue: A locks again and again, and passes B who stands in line',
    flaw: {
      view: view => view && { ...view, document: { ...view.document, waiters: [] } },
    },
    run: world => {
      world.wants('A')
      world.settle('A')
      world.wants('B')
      world.settle('B')
      world.leaves('A')
      world.settle('A')
      world.wants('A', {}, 'A again')
      world.settle('A')
      return world.believes('A')
    },
    kept: false,
  },
]

test.each(traces)('$rule', ({ run, kept, flaw }) => {
  const sound = new LockWorld()
  expect(run(sound)).toEqual(kept)
  expect(sound.violations).toEqual([])
  const broken = new LockWorld(flaw)
  const seen = run(broken)
  expect([JSON.stringify(seen) !== JSON.stringify(kept), broken.violations.length > 0]).toContain(true)
})

test('a dead holder delays a live waiter by his lease and one look more', () => {
  const world = new LockWorld()
  world.wants('A')
  world.settle('A')
  world.dies('A')
  world.wants('B')
  world.settle('B')
  world.passes(335, 'B')
  expect(world.believes('B')).toBe(true)
})

test('a phantom, an insert that lands after its owner has given up, delays the next by one lease', () => {
  const world = new LockWorld()
  world.wants('A')
  const land = world.losesAnswer('A')
  world.leaves('A')
  world.settle('A')
  expect(world.stateOf('A')).toBe('over')
  land()
  world.wants('B')
  world.settle('B')
  world.passes(335, 'B')
  expect(world.believes('B')).toBe(true)
  expect(world.violations).toEqual([])
})

test('readers go together, but not past a writer who stands in line; he comes when they have left', () => {
  const world = new LockWorld()
  for (const name of ['R1', 'R2']) {
    world.wants(name, { type: 'readonly' })
    world.settle(name)
  }
  world.wants('W')
  world.settle('W')
  world.wants('R3', { type: 'readonly' })
  world.settle('R3')
  expect(['R1', 'R2', 'W', 'R3'].map(name => world.stateOf(name))).toEqual(['held', 'held', 'waiting', 'waiting'])
  for (const name of ['R1', 'R2']) {
    world.leaves(name)
    world.settle(name)
  }
  world.passes(60, 'W', 'R3')
  expect([world.believes('W'), world.believes('R3')]).toEqual([true, false])
  world.leaves('W')
  world.settle('W')
  world.passes(80, 'R3')
  expect(world.believes('R3')).toBe(true)
  expect(world.violations).toEqual([])
})

test('a holder who renews keeps the lock for as long as he likes, however many beat in line', () => {
  const world = new LockWorld()
  world.wants('A')
  world.settle('A')
  for (const name of ['B', 'C', 'D']) {
    world.wants(name)
    world.settle(name)
  }
  for (let time = 0; time < 20; time++) {
    world.passes(150, 'A', 'B', 'C', 'D')
    expect(world.believes('A')).toBe(true)
  }
  expect(world.stored?.waiters.map(({ id }) => id)).toEqual(['B', 'C', 'D'])
  expect(world.violations).toEqual([])
})

test('who gives up in line leaves nothing, and the next moves up', () => {
  const world = new LockWorld()
  world.wants('A')
  world.settle('A')
  for (const name of ['B', 'C']) {
    world.wants(name)
    world.settle(name)
  }
  world.leaves('B')
  world.settle('B')
  expect(world.stored?.waiters.map(({ id }) => id)).toEqual(['C'])
  world.leaves('A')
  world.settle('A')
  world.passes(80, 'C')
  expect(world.believes('C')).toBe(true)
})
