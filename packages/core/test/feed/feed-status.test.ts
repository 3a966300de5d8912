import { describe, expect, test } from 'vitest'
import { type FeedEvent, type FeedStatus, nextFeedStatus } from '../../src/feed/feed-status.ts'

type StatusName = FeedStatus['type']
type EventName = FeedEvent['type']

const error = new RangeError('cut')

const samples: { readonly [Name in StatusName]: Extract<FeedStatus, { type: Name }> } = {
  idle: { type: 'idle' },
  'catching-up': { type: 'catching-up', since: 10 },
  live: { type: 'live' },
  degraded: { type: 'degraded', since: 10, reason: 'silent', error: undefined },
}

const events: { readonly [Name in EventName]: Extract<FeedEvent, { type: Name }> } = {
  started: { type: 'started', at: 20 },
  received: { type: 'received' },
  completed: { type: 'completed' },
  'set-back': { type: 'set-back', at: 20 },
  lagged: { type: 'lagged', at: 20 },
  silenced: { type: 'silenced', at: 20 },
  failed: { type: 'failed', at: 20, error },
  ended: { type: 'ended', at: 20 },
  stopped: { type: 'stopped' },
}

const failed = (since: number): FeedStatus => ({ type: 'degraded', since, reason: 'failed', error })
const ended = (since: number): FeedStatus => ({ type: 'degraded', since, reason: 'ended', error: undefined })
const silent = (since: number): FeedStatus => ({ type: 'degraded', since, reason: 'silent', error: undefined })
const catchingUp = (since: number): FeedStatus => ({ type: 'catching-up', since })
const idle: FeedStatus = { type: 'idle' }
const live: FeedStatus = { type: 'live' }

/** Every status with every event; `same`: the very same object, so that nobody is told again. */
const table: Record<StatusName, Record<EventName, FeedStatus | 'same'>> = {
  idle: {
    started: catchingUp(20),
    received: 'same',
    completed: 'same',
    'set-back': 'same',
    lagged: 'same',
    silenced: 'same',
    failed: 'same',
    ended: 'same',
    stopped: 'same',
  },
  'catching-up': {
    started: 'same',
    received: 'same',
    completed: live,
    'set-back': 'same',
    lagged: 'same',
    silenced: silent(10),
    failed: failed(10),
    ended: ended(10),
    stopped: idle,
  },
  live: {
    started: 'same',
    received: 'same',
    completed: 'same',
    'set-back': catchingUp(20),
    lagged: catchingUp(20),
    silenced: silent(20),
    failed: failed(20),
    ended: ended(20),
    stopped: idle,
  },
  degraded: {
    started: 'same',
    received: catchingUp(10),
    completed: live,
    'set-back': catchingUp(10),
    lagged: catchingUp(10),
    silenced: 'same',
    failed: failed(10),
    ended: ended(10),
    stopped: idle,
  },
}

describe.each(Object.keys(samples) as readonly StatusName[])('%s', name => {
  test.each(Object.keys(events) as readonly EventName[])('%s', event => {
    const status = samples[name]
    const next = nextFeedStatus(status, events[event])
    const expected = table[name][event]
    if (expected === 'same') expect(next).toBe(status)
    else expect(next).toEqual(expected)
  })
})

test('failing over and over, memory does not become newer: since stays, until it is live again', () => {
  let status: FeedStatus = live
  const tell = (event: FeedEvent): FeedStatus => (status = nextFeedStatus(status, event))
  tell({ type: 'failed', at: 100, error })
  for (let at = 101; at < 110; at++) {
    tell({ type: 'received' })
    expect(status).toEqual(catchingUp(100))
    tell({ type: 'failed', at, error })
    expect(status).toEqual(failed(100))
  }
  tell({ type: 'received' })
  tell({ type: 'completed' })
  tell({ type: 'failed', at: 200, error })
  expect(status).toEqual(failed(200))
})
