import type { CommitId, DocumentOutline, Life, StoreToken } from '@scopes/core'
import { describe, expect, test } from 'vitest'
import {
  type ReplicaEvent,
  type ReplicaPosition,
  type ReplicaState,
  type ValueEffect,
  nextReplica,
} from '../src/replica-state.ts'

// As in the replica protocol: `ab` is version 2, made by the commits a and b.
const token = (value: number): StoreToken => BigInt(value) as StoreToken
const idOf = (letter: string | undefined): CommitId => (letter ?? '') as CommitId

interface Making {
  readonly life?: string
  readonly isEnded?: boolean
  /** How many of the last commits the document names. */
  readonly named?: number
}

function position(letters: string, { life = 'L1', isEnded = false }: Making = {}): ReplicaPosition {
  return { isEnded, life: life as Life, version: letters.length, commitId: idOf(letters.at(-1)) }
}

function outline(letters: string, making: Making = {}): DocumentOutline {
  const { named = letters.length } = making
  return {
    ...position(letters, making),
    deadline: 0,
    idAt: version =>
      version > letters.length - named && version <= letters.length ? idOf(letters[version - 1]) : undefined,
  }
}

function held(letters: string, at: number, making: Making = {}): ReplicaState {
  return { type: 'held', token: token(at), position: position(letters, making) }
}

function brought(letters: string, at: number, making: Making = {}): ReplicaEvent {
  return { type: 'document', token: token(at), outline: outline(letters, making) }
}

type StateName = ReplicaState['type']
type EventName = ReplicaEvent['type']
type Outcome = readonly [state: StateName, token: number | undefined, value: ValueEffect]

/** All know of token 20. */
const samples: Readonly<Record<StateName, ReplicaState>> = {
  none: { type: 'none' },
  held: held('ab', 20),
  behind: { type: 'behind', token: token(20) },
  doubtful: { type: 'doubtful', token: token(20) },
  gone: { type: 'gone', token: token(20) },
}

/** Every event, where it says something with a token above the one that is known; the document continues it. */
const events: { readonly [Name in EventName]: Extract<ReplicaEvent, { type: Name }> } = {
  document: { type: 'document', token: token(30), outline: outline('abc') },
  announced: { type: 'announced', token: token(30) },
  removed: { type: 'removed', token: token(30) },
  set: { type: 'set', token: token(30), position: position('abc') },
  deleted: { type: 'deleted', token: token(30) },
  unpacked: { type: 'unpacked' },
  unreadable: { type: 'unreadable' },
  distrusted: { type: 'distrusted' },
  evicted: { type: 'evicted' },
}

/** Every state with every event. */
const table: Record<StateName, Record<EventName, Outcome>> = {
  none: {
    document: ['held', 30, 'take'],
    announced: ['none', undefined, 'keep'],
    removed: ['gone', 30, 'drop'],
    set: ['held', 30, 'take'],
    deleted: ['gone', 30, 'drop'],
    unpacked: ['none', undefined, 'keep'],
    unreadable: ['none', undefined, 'keep'],
    distrusted: ['none', undefined, 'drop'],
    evicted: ['none', undefined, 'drop'],
  },
  held: {
    document: ['held', 30, 'take'],
    announced: ['behind', 30, 'drop'],
    removed: ['gone', 30, 'drop'],
    set: ['held', 30, 'take'],
    deleted: ['gone', 30, 'drop'],
    unpacked: ['behind', 20, 'drop'],
    unreadable: ['doubtful', 20, 'drop'],
    distrusted: ['none', undefined, 'drop'],
    evicted: ['none', undefined, 'drop'],
  },
  behind: {
    document: ['held', 30, 'take'],
    announced: ['behind', 30, 'keep'],
    removed: ['gone', 30, 'drop'],
    set: ['held', 30, 'take'],
    deleted: ['gone', 30, 'drop'],
    unpacked: ['behind', 20, 'keep'],
    unreadable: ['behind', 20, 'keep'],
    distrusted: ['none', undefined, 'drop'],
    evicted: ['none', undefined, 'drop'],
  },
  doubtful: {
    document: ['doubtful', 30, 'keep'],
    announced: ['doubtful', 30, 'keep'],
    removed: ['doubtful', 30, 'keep'],
    set: ['held', 30, 'take'],
    deleted: ['gone', 30, 'drop'],
    unpacked: ['doubtful', 20, 'keep'],
    unreadable: ['doubtful', 20, 'keep'],
    distrusted: ['none', undefined, 'drop'],
    evicted: ['none', undefined, 'drop'],
  },
  gone: {
    document: ['held', 30, 'take'],
    announced: ['behind', 30, 'drop'],
    removed: ['gone', 30, 'keep'],
    set: ['held', 30, 'take'],
    deleted: ['gone', 30, 'drop'],
    unpacked: ['gone', 20, 'keep'],
    unreadable: ['gone', 20, 'keep'],
    distrusted: ['none', undefined, 'drop'],
    evicted: ['none', undefined, 'drop'],
  },
}

function outcome(state: ReplicaState, event: ReplicaEvent): Outcome {
  const next = nextReplica(state, event)
  return [next.state.type, next.state.type === 'none' ? undefined : Number(next.state.token), next.value]
}

describe.each(Object.keys(samples) as readonly StateName[])('%s', state => {
  test.each(Object.keys(events) as readonly EventName[])('%s', event => {
    expect(outcome(samples[state], events[event])).toEqual(table[state][event])
  })
})

describe('what the feed brings to a replica that nobody holds', () => {
  test('token-order: what is older than what is known says nothing, whatever it is', () => {
    for (const state of ['held', 'behind', 'gone'] as const) {
      const before = samples[state]
      for (const event of [
        brought('abc', 10),
        brought('x', 10, { life: 'L2' }),
        { type: 'removed', token: token(10) },
        { type: 'announced', token: token(10) },
      ] satisfies readonly ReplicaEvent[]) {
        expect(outcome(before, event)).toEqual([state, 20, 'keep'])
      }
    }
  })

  test('removed-token: a removal is ordered by its own token, and what is older does not come back after it', () => {
    // L1 expires; the feed repeats what came before.
    const gone = nextReplica(held('ab', 20), { type: 'removed', token: token(30) }).state
    expect(outcome(gone, brought('ab', 20))).toEqual(['gone', 30, 'keep'])
    expect(outcome(gone, brought('x', 40, { life: 'L2' }))).toEqual(['held', 40, 'take'])
  })

  test('absent-token: a removal of what is not known is kept too, so that a repeated older document is not shown', () => {
    const gone = nextReplica(samples.none, { type: 'removed', token: token(30) }).state
    expect(outcome(gone, brought('ab', 20))).toEqual(['gone', 30, 'keep'])
  })

  test('of a scope that was asked for and was never there nothing is kept', () => {
    for (const state of Object.values(samples)) {
      expect(outcome(state, { type: 'deleted', token: token(0) })).toEqual(['none', undefined, 'drop'])
    }
  })

  test('commit-id: the same version with another commit id is no echo: the store has to say', () => {
    expect(outcome(held('ab', 20), brought('ac', 30))).toEqual(['doubtful', 30, 'drop'])
    expect(outcome(held('ab', 20), brought('ab', 30))).toEqual(['held', 30, 'take'])
  })

  test('link: a later version has to name the held commit at the held version', () => {
    // W→ab; crash−1; W→ac, acd; the replica has ab.
    expect(outcome(held('ab', 20), brought('acd', 30))).toEqual(['doubtful', 30, 'drop'])
    expect(outcome(held('ab', 20), brought('abcd', 30))).toEqual(['held', 30, 'take'])
  })

  test('link: a document that is too far ahead to name it is believed', () => {
    expect(outcome(held('ab', 20), brought('abcdef', 30, { named: 2 }))).toEqual(['held', 30, 'take'])
  })

  test('conflict: a lower version of the same life is never taken, however high its token', () => {
    // Tokens are lower after a failover: the own ac is held; the old stream brings the dead a with a higher token.
    expect(outcome(held('ac', 11), brought('a', 20))).toEqual(['doubtful', 20, 'drop'])
  })

  test('undone: nothing that the feed brings ends a doubt, only the store or the news of another branch', () => {
    let state = nextReplica(held('ac', 11), brought('ab', 20)).state
    for (const event of [brought('ab', 20), brought('abd', 30), brought('acd', 12)])
      state = nextReplica(state, event).state
    expect(state).toEqual({ type: 'doubtful', token: token(30) })
    expect(outcome(state, { type: 'set', token: token(12), position: position('acd') })).toEqual(['held', 12, 'take'])
    expect(outcome(state, { type: 'distrusted' })).toEqual(['none', undefined, 'drop'])
  })

  test('past-only: of two lives under one id the store decides', () => {
    expect(outcome(held('ab', 20), brought('x', 30, { life: 'L2' }))).toEqual(['doubtful', 30, 'drop'])
  })

  test('fence: a life that is held as ended is not taken as alive', () => {
    const ended = held('abZ', 20, { isEnded: true })
    expect(outcome(ended, brought('abZd', 30))).toEqual(['doubtful', 30, 'drop'])
    expect(outcome(ended, brought('abZ', 30, { isEnded: true }))).toEqual(['held', 30, 'take'])
  })

  test('position: a value that was given up comes back with what is not older', () => {
    expect(outcome(samples.behind, brought('ab', 20))).toEqual(['held', 20, 'take'])
    expect(outcome(samples.behind, brought('a', 10))).toEqual(['behind', 20, 'keep'])
  })
})
