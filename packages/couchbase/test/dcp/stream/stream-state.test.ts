import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FailoverLog } from '../../../src/dcp/codec/failover-log.ts'
import type { Mutation } from '../../../src/dcp/codec/mutation.ts'
import { statuses } from '../../../src/dcp/codec/status.ts'
import type { StreamEnd } from '../../../src/dcp/codec/stream-end.ts'
import type { StreamMessage } from '../../../src/dcp/codec/stream-message.ts'
import { type VbucketUuid, noUuid } from '../../../src/dcp/codec/vbucket-uuid.ts'
import { type Position, beginning, isPosition, positionAt } from '../../../src/dcp/stream/position.ts'
import { unknownCollectionAttempts } from '../../../src/dcp/stream/refusal.ts'
import {
  type StreamEvent,
  type StreamState,
  type StreamStep,
  beginStream,
  nextStreamState,
  startOf,
} from '../../../src/dcp/stream/stream-state.ts'
import { propertySettings } from '../property-settings.ts'

const old = '00000000000000aa' as VbucketUuid
const newer = '00000000000000bb' as VbucketUuid
const log = (...uuids: readonly [VbucketUuid, ...VbucketUuid[]]): FailoverLog => {
  const [newest, ...rest] = uuids.map(uuid => ({ uuid, seqno: 0 }))
  if (newest === undefined) throw new Error('A log is never empty.')
  return [newest, ...rest]
}
/** In the middle of a snapshot. */
const five: Position = { uuid: old, seqno: 5, snapStart: 3, snapEnd: 9 }

const message = (given: StreamMessage, epoch = 1): StreamEvent => ({ type: 'message', epoch, message: given })
const mutation = (seqno: number): Mutation => ({
  type: 'mutation',
  seqno,
  cas: 1n,
  expiry: 0,
  collection: 8,
  key: 'k',
  body: Buffer.alloc(0),
})
const marker = (start: number, end: number): StreamEvent => message({ type: 'snapshot-marker', start, end, flags: 1 })
const end = (reason: StreamEnd['reason']): StreamEvent => message({ type: 'stream-end', reason })
const accepted = (...uuids: readonly [VbucketUuid, ...VbucketUuid[]]): StreamEvent => ({
  type: 'answered',
  epoch: 1,
  answer: { type: 'accepted', failoverLog: log(...uuids) },
})
const rollback = (seqno: number, epoch = 1): StreamEvent => ({
  type: 'answered',
  epoch,
  answer: { type: 'rollback', seqno },
})
const refused = (status: number): StreamEvent => ({ type: 'answered', epoch: 1, answer: { type: 'refused', status } })

type StateName = StreamState['type']

const samples: { readonly [Name in StateName]: Extract<StreamState, { type: Name }> } = {
  waiting: { type: 'waiting', start: five, reason: 'opening', epoch: 1, attempt: 0 },
  locating: { type: 'locating', epoch: 1, attempt: 0 },
  requesting: { type: 'requesting', position: five, rolledBackFrom: undefined, epoch: 1, attempt: 0 },
  streaming: { type: 'streaming', position: five, snapshot: { start: 6, end: 20 }, epoch: 1, attempt: 0 },
  failed: { type: 'failed', start: five, reason: 'no-access' },
  closed: { type: 'closed', start: five },
}

const events = {
  ready: { type: 'ready' },
  located: { type: 'located', failoverLog: log(old), seqno: 7 },
  accepted: accepted(old),
  rollback: rollback(4),
  moved: { type: 'moved' },
  disconnected: { type: 'disconnected' },
  close: { type: 'close' },
  notMine: refused(statuses['not-my-vbucket']),
  exists: refused(statuses.exists),
  temporary: refused(statuses['temporary-failure']),
  unknownCollection: refused(statuses['unknown-collection']),
  noAccess: refused(statuses['no-access']),
  invalid: refused(statuses.invalid),
  foreignStatus: refused(0x7777),
  malformed: { type: 'malformed', epoch: 1, detail: 'no extras' },
  marker: marker(6, 20),
  mutation: message(mutation(6)),
  deletion: message({ type: 'deletion', seqno: 6, cas: 1n, collection: 8, key: 'k' }),
  expiration: message({ type: 'expiration', seqno: 6, cas: 1n, collection: 8, key: 'k' }),
  systemEvent: message({ type: 'system-event', seqno: 6, event: 0, name: 'sessions', collection: 8 }),
  advanced: message({ type: 'seqno-advanced', seqno: 20 }),
  endOk: end('ok'),
  endClosed: end('closed'),
  endStateChanged: end('state-changed'),
  endDisconnected: end('disconnected'),
  endTooSlow: end('too-slow'),
  endBackfill: end('backfill-failed'),
  endRollback: end('rollback'),
  endFilterEmpty: end('filter-empty'),
  endPrivileges: end('lost-privileges'),
} as const satisfies Readonly<Record<string, StreamEvent>>

type EventName = keyof typeof events

/** What an event does: the next state, then the effects, as words. A dash: nothing. */
const nothing: Readonly<Record<EventName, string>> = Object.fromEntries(
  Object.keys(events).map(name => [name, '–']),
) as Record<EventName, string>

const table: Readonly<Record<StateName, Readonly<Record<EventName, string>>>> = {
  waiting: { ...nothing, ready: 'requesting: request', close: 'closed' },
  locating: {
    ...nothing,
    located: 'requesting: request',
    moved: 'waiting: wait moved',
    disconnected: 'waiting: wait disconnected',
    close: 'closed',
  },
  requesting: {
    ...nothing,
    accepted: 'streaming: opened',
    rollback: 'requesting: request',
    moved: 'waiting: close-stream, wait moved',
    disconnected: 'waiting: wait disconnected',
    close: 'closed: close-stream',
    notMine: 'waiting: wait moved',
    exists: 'waiting: close-stream, wait busy',
    temporary: 'waiting: wait busy',
    unknownCollection: 'waiting: wait unknown-collection',
    noAccess: 'failed: fail no-access',
    invalid: 'waiting: refused, wait refused',
    foreignStatus: 'waiting: refused, wait refused',
    malformed: 'waiting: broken, close-stream, wait broken',
    ...Object.fromEntries(
      Object.entries(events)
        .filter(([, { type }]) => type === 'message')
        .map(([name]) => [name, 'waiting: broken, close-stream, wait broken']),
    ),
  },
  streaming: {
    ...nothing,
    moved: 'waiting: close-stream, wait moved',
    disconnected: 'waiting: wait disconnected',
    close: 'closed: close-stream',
    malformed: 'waiting: broken, close-stream, wait broken',
    marker: 'streaming',
    mutation: 'streaming: deliver',
    deletion: 'streaming: deliver',
    expiration: 'streaming: deliver',
    systemEvent: 'streaming: deliver',
    advanced: 'streaming: advance',
    endOk: 'waiting: wait ended',
    endClosed: 'waiting: wait ended',
    endStateChanged: 'waiting: wait moved',
    endDisconnected: 'waiting: wait disconnected',
    endTooSlow: 'waiting: wait ended',
    endBackfill: 'waiting: wait ended',
    endRollback: 'waiting: wait ended',
    endFilterEmpty: 'failed: fail filter-empty',
    endPrivileges: 'failed: fail no-access',
  },
  failed: { ...nothing, close: 'closed' },
  closed: { ...nothing, close: 'closed' },
}

function told({ state, effects }: StreamStep, before: StreamState): string {
  if (state === before) return '–'
  const words = effects.map(effect => ('reason' in effect ? `${effect.type} ${effect.reason}` : effect.type))
  return words.length > 0 ? `${state.type}: ${words.join(', ')}` : state.type
}

describe('every event in every state', () => {
  test.each(Object.keys(table) as StateName[])('%s', name => {
    const row = Object.fromEntries(
      Object.entries(events).map(([event, value]) => [
        event,
        told(nextStreamState(samples[name], value), samples[name]),
      ]),
    )
    expect(row).toEqual(table[name])
  })

  test('of another epoch changes nothing', () => {
    for (const state of Object.values(samples)) {
      for (const event of Object.values(events)) {
        if ('epoch' in event) expect(nextStreamState(state, { ...event, epoch: 0 })).toEqual({ state, effects: [] })
      }
    }
  })
})

function run(state: StreamState, ...given: readonly StreamEvent[]): StreamStep {
  return given.reduce<StreamStep>(
    (step, event) => {
      const { state: next, effects } = nextStreamState(step.state, event)
      return { state: next, effects: [...step.effects, ...effects] }
    },
    { state, effects: [] },
  )
}

/** The same event of the request with this number. */
function ofEpoch(event: StreamEvent, epoch: number): StreamEvent {
  return 'epoch' in event ? { ...event, epoch } : event
}

function typesOf({ effects }: StreamStep): readonly string[] {
  return effects.map(({ type }) => type)
}

describe('a stream begins', () => {
  test('at the beginning without a branch, and takes the newest one without a word', () => {
    const step = run(beginStream(beginning), { type: 'ready' }, accepted(newer, old))
    expect(step.effects).toEqual([
      { type: 'request', epoch: 1, position: { uuid: noUuid, seqno: 0, snapStart: 0, snapEnd: 0 } },
      { type: 'opened', position: positionAt(newer, 0) },
    ])
  })

  test('now behind the highest seqno of the newest branch; what now was is decided once', () => {
    const located = run(
      beginStream('now'),
      { type: 'ready' },
      { type: 'located', failoverLog: log(newer, old), seqno: 7 },
    )
    expect(located.effects.at(-1)).toEqual({ type: 'request', epoch: 1, position: positionAt(newer, 7) })
    const again = run(located.state, { type: 'disconnected' }, { type: 'ready' })
    expect(again.effects.at(-1)).toEqual({ type: 'request', epoch: 2, position: positionAt(newer, 7) })
    expect(startOf(run(beginStream('now'), { type: 'ready' }, { type: 'disconnected' }).state)).toBe('now')
  })

  test('at a position with its snapshot; at seqno 0 without the branch, which is compared all the same', () => {
    expect(run(beginStream(five), { type: 'ready' }).effects).toEqual([{ type: 'request', epoch: 1, position: five }])
    const empty = run(beginStream(positionAt(old, 0)), { type: 'ready' })
    expect(empty.effects).toEqual([{ type: 'request', epoch: 1, position: beginning }])
    expect(typesOf(run(empty.state, accepted(newer)))).toEqual(['rolled-back', 'opened'])
    expect(typesOf(run(empty.state, accepted(old)))).toEqual(['opened'])
  })
})

describe('a new branch', () => {
  const asked = run(beginStream(five), { type: 'ready' }).state

  test('is told before anything of it, also when the position survived', () => {
    const step = run(asked, accepted(newer, old))
    expect(typesOf(step)).toEqual(['rolled-back', 'opened'])
    expect(startOf(step.state)).toEqual({ ...five, uuid: newer })
  })

  test('is told once after a rollback, and the request follows the server with the old branch', () => {
    const back = run(asked, rollback(2))
    expect(back.effects).toEqual([{ type: 'request', epoch: 2, position: positionAt(old, 2) }])
    const step = run(back.state, ofEpoch(accepted(newer, old), 2))
    expect(typesOf(step)).toEqual(['rolled-back', 'opened'])
    expect(startOf(step.state)).toEqual(positionAt(newer, 2))
  })

  test('is told after a rollback whatever comes between', () => {
    const cut = run(asked, rollback(2), { type: 'disconnected' })
    expect(startOf(cut.state)).toEqual(five)
    expect(startOf(run(asked, rollback(2)).state)).toEqual(five)
    expect(startOf(run(asked, rollback(2), { type: 'close' }).state)).toEqual(five)
  })
})

describe('a rollback on the same branch', () => {
  const after = (position: Position, seqno: number): readonly string[] =>
    typesOf(run(beginStream(position), { type: 'ready' }, rollback(seqno), ofEpoch(accepted(old), 2)))

  test('to 0 from a later snapshot is a loss: removals were purged', () => {
    expect(after(five, 0)).toEqual(['request', 'request', 'lost', 'opened'])
    expect(after({ ...five, snapStart: 0, snapEnd: 5 }, 0)).toEqual(['request', 'request', 'lost', 'opened'])
  })

  test('elsewhere says that history was taken back', () => {
    expect(after(five, 4)).toEqual(['request', 'request', 'rolled-back', 'opened'])
    expect(after({ ...five, snapStart: 0 }, 0)).toEqual(['request', 'request', 'rolled-back', 'opened'])
  })

  test('always goes back: one that does not is a fault, and not followed', () => {
    for (const seqno of [5, 6]) {
      const step = run(beginStream(five), { type: 'ready' }, rollback(seqno))
      expect(typesOf(step)).toEqual(['request', 'broken', 'close-stream', 'wait'])
      expect(startOf(step.state)).toEqual(five)
    }
  })
})

describe('the position', () => {
  const { streaming } = samples

  test('has an announced snapshot only from its first item on', () => {
    const step = run(streaming, marker(10, 30))
    expect(startOf(step.state)).toEqual(five)
    expect(startOf(run(step.state, message(mutation(10))).state)).toEqual({
      uuid: old,
      seqno: 10,
      snapStart: 10,
      snapEnd: 30,
    })
  })

  test('is handed out with the item that it is behind', () => {
    const { effects } = run(streaming, message(mutation(8)))
    expect(effects).toEqual([
      { type: 'deliver', item: mutation(8), position: { uuid: old, seqno: 8, snapStart: 6, snapEnd: 20 } },
    ])
  })

  test('may pass a gap, and where the rest was filtered out', () => {
    const advance = (seqno: number): unknown =>
      startOf(run(streaming, message({ type: 'seqno-advanced', seqno })).state)
    expect(advance(20)).toEqual({ uuid: old, seqno: 20, snapStart: 6, snapEnd: 20 })
    expect(advance(40)).toEqual(positionAt(old, 40))
    expect(advance(5)).toEqual(positionAt(old, 5))
  })

  test.each([
    ['an item that was there already', { ...streaming, snapshot: { start: 3, end: 20 } }, message(mutation(5))],
    ['an item behind its snapshot', streaming, message(mutation(21))],
    ['an item before its snapshot', { ...streaming, snapshot: { start: 10, end: 20 } }, message(mutation(9))],
    ['an item without a snapshot', { ...streaming, snapshot: undefined }, message(mutation(6))],
    ['a snapshot that ends before the position', streaming, marker(1, 4)],
    ['an advance that goes back', streaming, message({ type: 'seqno-advanced', seqno: 4 })],
  ] as const)('stays, and the fault is told, after %s', (_, state, event) => {
    const step = run(state, event)
    expect(typesOf(step)).toEqual(['broken', 'close-stream', 'wait'])
    expect(startOf(step.state)).toEqual(five)
  })

  test('that came from outside is refused when it can be none', () => {
    expect([five, beginning, positionAt(old, 0)].every(isPosition)).toBe(true)
    const wrong = [
      { ...five, seqno: 10 },
      { ...five, seqno: 2 },
      { ...five, snapEnd: 9.5 },
      { ...five, snapEnd: 2 ** 53 },
      { ...beginning, snapStart: -1 },
      { ...five, uuid: noUuid },
      { ...five, uuid: 'aa' as VbucketUuid },
    ]
    expect(wrong.filter(isPosition)).toEqual([])
  })
})

test('attempts count until an item comes, and an unknown collection is believed after some', () => {
  let state: StreamState = beginStream(five)
  for (let attempt = 1; attempt <= unknownCollectionAttempts; attempt++) {
    const asked = run(state, { type: 'ready' }).state
    const step = run(asked, ofEpoch(events.unknownCollection, attempt))
    expect(step.effects).toEqual([{ type: 'wait', reason: 'unknown-collection', attempt }])
    state = step.state
  }
  const { state: asked } = run(state, { type: 'ready' })
  const last = run(asked, ofEpoch(events.unknownCollection, unknownCollectionAttempts + 1))
  expect(last.effects).toEqual([{ type: 'fail', reason: 'unknown-collection', status: statuses['unknown-collection'] }])
  const late: StreamState = { ...samples.streaming, attempt: 3 }
  expect(run(late, events.endTooSlow).effects).toEqual([{ type: 'wait', reason: 'ended', attempt: 4 }])
  expect(run(late, events.mutation, events.endTooSlow).effects.at(-1)).toMatchObject({ attempt: 1 })
})

test('whatever happens, positions can be asked for, rise within a request, and a branch is told before its items', () => {
  const seqno = fc.integer({ min: 0, max: 12 })
  const made = fc.oneof(
    seqno.map(value => message(mutation(value))),
    fc.tuple(seqno, seqno).map(([start, length]) => marker(start, start + length)),
    seqno.map(value => message({ type: 'seqno-advanced', seqno: value })),
    seqno.map(value => rollback(value)),
    fc.constantFrom(accepted(old), accepted(newer, old)),
    fc.constantFrom<StreamEvent>(...Object.values(events)),
  )
  const starts = fc.constantFrom<Position | 'now'>(five, beginning, 'now', positionAt(old, 3))
  fc.assert(
    fc.property(starts, fc.array(made, { maxLength: 60 }), (start, later) => {
      // Most of what can happen to a stream happens to an open one.
      const given = [events.ready, events.located, accepted(old), ...later]
      let state = beginStream(start)
      let last = -1
      let branch = start === 'now' ? noUuid : start.uuid
      let isTold = false
      for (const event of given) {
        const epoch = 'epoch' in state ? state.epoch : 0
        const step = nextStreamState(state, ofEpoch(event, epoch))
        for (const effect of step.effects) {
          if ('position' in effect) expect(isPosition(effect.position)).toBe(true)
          if (effect.type === 'rolled-back') isTold = true
          if (effect.type === 'opened') {
            if (branch !== noUuid && branch !== effect.position.uuid) expect(isTold).toBe(true)
            branch = effect.position.uuid
            last = effect.position.seqno
            isTold = false
          }
          if (effect.type === 'deliver') {
            expect(effect.position.seqno).toBeGreaterThan(last)
            expect(effect.position.uuid).toBe(branch)
            last = effect.position.seqno
          }
        }
        state = step.state
      }
    }),
    propertySettings(1000),
  )
})
