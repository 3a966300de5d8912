import { channel } from 'node:diagnostics_channel'
import { memoryStore } from '@scopes/core'
import { expect, test } from 'vitest'
import { type Observed, observe } from './exporters.ts'
import { Session, shop } from './fixture.ts'

async function values(
  observed: Observed,
  name: Parameters<Observed['points']>[0],
  by: string,
  application: string,
): Promise<Readonly<Record<string, number>>> {
  const points = await observed.points(name, application)
  return Object.fromEntries(points.map(({ attributes, value }) => [String(attributes[by]), value]))
}

test('commits are counted with their duration, attempts and bytes, and those that fail by their code', async () => {
  const observed = observe({ system: 'memory' })
  const scopes = await shop('otel-commits')
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  await session.update(draft => void draft.hits++)
  await session.end()
  await expect(session.update(draft => void draft.hits++)).rejects.toMatchObject({ code: 'ended' })
  expect(await values(observed, 'scopes.commit.duration', 'error.type', 'otel-commits')).toEqual({
    undefined: 2,
    ended: 1,
  })
  expect(await values(observed, 'scopes.commit.attempts', 'scopes.kind', 'otel-commits')).toEqual({ session: 2 })
  expect(await values(observed, 'scopes.commit.bytes', 'scopes.kind', 'otel-commits')).toEqual({ session: 2 })
  expect(await values(observed, 'scopes.end', 'scopes.end.reason', 'otel-commits')).toEqual({ ended: 1 })
  const calls = await observed.points('db.client.operation.duration')
  expect(calls.map(({ attributes }) => attributes['db.operation.name'])).toEqual(
    expect.arrayContaining(['load', 'insert', 'append', 'replace']),
  )
  expect(calls.every(({ attributes }) => attributes['db.system.name'] === 'memory')).toBe(true)
})

test('who answers an open is counted: memory or the store', async () => {
  const observed = observe()
  const scopes = await shop('otel-opens', { cluster: false })
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  for (let turn = 0; turn < 3; turn++) await scopes.open(Session, 's1')
  await scopes.open(Session, 's1', { maxStaleMs: 0 })
  expect(await values(observed, 'scopes.open', 'scopes.source', 'otel-opens')).toEqual({ memory: 3, store: 2 })
  expect(await values(observed, 'scopes.open.duration', 'scopes.kind', 'otel-opens')).toEqual({ session: 2 })
})

test('decisions of merges are counted by property and policy', async () => {
  const observed = observe()
  const scopes = await shop('otel-conflicts')
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void (draft.note = 'first'))
  const work = session.draft()
  work.value.note = 'ours'
  work.value.hits++
  await session.update(draft => {
    draft.note = 'theirs'
    draft.hits++
  })
  await work.commit()
  const points = await observed.points('scopes.conflict', 'otel-conflicts')
  const decisions = points.map(({ attributes }) => [attributes['scopes.property'], attributes['scopes.policy']])
  expect(new Set(decisions)).toEqual(
    new Set([
      ['hits', 'counter'],
      ['note', 'lastWriter'],
    ]),
  )
})

test('changes that a subscriber is told are counted by their type, and of resets the reason', async () => {
  const observed = observe()
  const store = memoryStore()
  const [one, two] = [await shop('otel-changes', { store }), await shop('otel-changes', { store })]
  const mine = await one.open(Session, 's1')
  /** What one subscriber is told, of a commit that waits for him and of one after each change he hears. */
  async function heard(most: number): Promise<readonly string[]> {
    const types: string[] = []
    for await (const change of two.feed()) {
      if ('key' in change) types.push(change.type)
      if (types.length === most) break
      if ('key' in change || change.type === 'caught-up') await mine.update(draft => void draft.hits++)
    }
    return types
  }
  expect(await heard(1)).toEqual(['created'])
  expect(await heard(2)).toEqual(['reset', 'updated'])
  const points = await observed.points('scopes.change', 'otel-changes')
  const counted = points.map(({ attributes, value }) => [
    attributes['scopes.change.type'],
    attributes['scopes.change.reason'],
    value,
  ])
  expect(counted).toEqual([
    ['created', undefined, 1],
    ['reset', 'first', 1],
    ['updated', undefined, 1],
  ])
})

test('locks are measured waiting and held, by how the wait ended', async () => {
  const observed = observe()
  const scopes = await shop('otel-waits')
  const session = await scopes.open(Session, 's1')
  await scopes.lock({ scope: session }, () => {})
  expect(await values(observed, 'scopes.lock.wait', 'scopes.lock.outcome', 'otel-waits')).toEqual({ granted: 1 })
  expect(await values(observed, 'scopes.lock.held', 'scopes.lock.type', 'otel-waits')).toEqual({ exclusive: 1 })
})

test('rotations, ends of all and deliveries are measured', async () => {
  const observed = observe()
  const scopes = await shop('otel-lives')
  scopes.onEnd(Session, () => {})
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void (draft.user = 'ann'))
  await session.rotate()
  await scopes.endAll(Session, { index: 'user', value: 'ann' })
  for (const name of ['scopes.rotate.duration', 'scopes.end_all.duration'] as const) {
    expect(await values(observed, name, 'scopes.kind', 'otel-lives'), name).toEqual({ session: 1 })
  }
  expect(await values(observed, 'scopes.end', 'scopes.end.reason', 'otel-lives')).toEqual({ rotated: 1, ended: 1 })
  expect(await values(observed, 'scopes.deliver.duration', 'scopes.end.reason', 'otel-lives')).toEqual({
    rotated: 1,
    ended: 1,
  })
})

test('what core and other packages tell of failures, clocks, feeds and stores is counted', async () => {
  const observed = observe()
  const key = { application: 'otel-told', kind: 'session', id: 's1' }
  const documentKey = 'session:otel-told:s1'
  const error = new TypeError('No.')
  const told: readonly (readonly [channel: string, message: object])[] = [
    ['scopes:background-failed', { documentKey, what: 'renewal', error }],
    ['scopes:unreadable', { documentKey, error }],
    ['scopes:rollback', { documentKey, life: '0', version: 1 }],
    ['scopes:feed', { status: 'interrupted', error }],
    ['scopes:feed', { status: 'live', error: undefined }],
    ['scopes:feed-lag', { application: 'otel-told', lagMs: 20 }],
    ['scopes:reaper', { application: 'otel-told', type: 'shares', partitions: 32 }],
    ['scopes:reaper', { application: 'otel-told', type: 'scanned', deadlines: 5 }],
    ['scopes:clock', { type: 'apart', ahead: 'a', behind: 'b', byMs: 3000 }],
    ['scopes:clock', { type: 'jumped', name: 'a', byMs: 3000 }],
    ['scopes:lock', { lock: 'lock:s:session:otel-told:s1', lockType: 'exclusive', type: 'lost', heldMs: 1, error }],
    [
      'scopes:lock',
      { lock: 'lock:n:x', lockType: 'exclusive', type: 'deadlock-suspected', holders: [], held: ['lock:n:y'] },
    ],
    ['scopes:sqlite:commit', { path: 'p', mutations: 3, isFlushed: false }],
    ['scopes:sqlite:busy', { path: 'p', waiting: 1 }],
    ['scopes:sqlite:checkpoint', { path: 'p', walBytes: 4096, isComplete: true }],
    ['scopes:sqlite:expired', { path: 'p', documents: 7 }],
    ['scopes:sqlite:branch', { path: 'p', branch: 'b', reason: 'restored' }],
    ['scopes:sqlite:background-failed', { path: 'p', what: 'flush', error }],
    ['scopes:couchbase:feed', { type: 'stream-broken', place: 'p', vbucket: 1, detail: 'd' }],
    ['scopes:http-insecure-cookie', { cookie: 'sid', message: 'm' }],
    ['scopes:http-late-change', { key, error }],
    ['scopes:http-late-write', { key, error }],
    ['scopes:http-renewal-failed', { key, error }],
    ['scopes:cfml-background-failed', { application: 'otel-told', what: 'visit', error }],
    ['scopes:cfml-cookie-refused', { cookie: 'cf', reason: 'forged' }],
  ]
  for (const [name, message] of told) channel(name).publish(message)
  const counted: Record<string, number> = {}
  for (const name of [
    'scopes.background.failure',
    'scopes.unreadable',
    'scopes.rollback',
    'scopes.feed.interruption',
    'scopes.feed.lag',
    'scopes.feed.trouble',
    'scopes.reaper.partitions',
    'scopes.reaper.deadlines',
    'scopes.clock.skew',
    'scopes.clock.jump',
    'scopes.lock.lost',
    'scopes.lock.deadlock',
    'scopes.sqlite.transaction',
    'scopes.sqlite.mutation',
    'scopes.sqlite.busy',
    'scopes.sqlite.wal.size',
    'scopes.sqlite.expired',
    'scopes.sqlite.branch',
    'scopes.http.late',
    'scopes.http.insecure_cookie',
    'scopes.cfml.cookie.refused',
  ] as const) {
    counted[name] = (await observed.points(name)).reduce((sum, { value }) => sum + value, 0)
  }
  expect(counted).toEqual({
    'scopes.background.failure': 4,
    'scopes.unreadable': 1,
    'scopes.rollback': 1,
    'scopes.feed.interruption': 1,
    'scopes.feed.lag': 1,
    'scopes.feed.trouble': 1,
    'scopes.reaper.partitions': 32,
    'scopes.reaper.deadlines': 5,
    'scopes.clock.skew': 3,
    'scopes.clock.jump': 1,
    'scopes.lock.lost': 1,
    'scopes.lock.deadlock': 1,
    'scopes.sqlite.transaction': 1,
    'scopes.sqlite.mutation': 3,
    'scopes.sqlite.busy': 1,
    'scopes.sqlite.wal.size': 4096,
    'scopes.sqlite.expired': 7,
    'scopes.sqlite.branch': 1,
    'scopes.http.late': 2,
    'scopes.http.insecure_cookie': 1,
    'scopes.cfml.cookie.refused': 1,
  })
})
