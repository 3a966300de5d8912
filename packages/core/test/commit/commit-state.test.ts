import { describe, expect, test } from 'vitest'
import {
  type CommitEvent,
  type CommitState,
  type View,
  type Work,
  beginWrite,
  nextCommitState,
} from '../../src/commit/commit-state.ts'
import type { Life } from '../../src/document/scope-document.ts'
import { idOf, live, marker, tokenOf } from './documents.ts'

const life = 'L1' as Life

/** A has `a1` (letter a) under way on `[x]`, version 1, token 1. */
function work(changes: Partial<Work> = {}): Work {
  const base = { version: 1, commitId: idOf('x'), token: tokenOf(1) }
  return { commits: [[idOf('a')]], base, life, over: undefined, attempts: 1, doubt: undefined, ...changes }
}

/** A creates L1 with `a`: nothing is there yet. */
function creation(changes: Partial<Work> = {}): Work {
  return work({ base: undefined, ...changes })
}

const doubt = { token: tokenOf(1) }
const insertDoubt = { token: undefined }

function view(document: NonNullable<View>['document'], token = 2): View {
  return { document, token: tokenOf(token) }
}

function settle(given: Work, found: View, mayTry = true): ReturnType<typeof nextCommitState> {
  return nextCommitState({ type: 'checking', work: given }, { type: 'loaded', view: found, mayTry, mustYield: false })
}

function verdictOf({ state }: ReturnType<typeof nextCommitState>): unknown {
  return state.type === 'finished' ? state.verdict : state.type
}

type StateName = CommitState['type']
type EventName = CommitEvent['type']

const samples: { readonly [Name in StateName]: Extract<CommitState, { type: Name }> } = {
  composing: { type: 'composing', work: work(), view: undefined },
  sending: { type: 'sending', work: work(), repeat: undefined },
  checking: { type: 'checking', work: work() },
  pausing: { type: 'pausing', work: work() },
  finished: { type: 'finished', work: work(), verdict: { type: 'settled' } },
}

const events: { readonly [Name in EventName]: Extract<CommitEvent, { type: Name }> } = {
  composed: { type: 'composed', commits: [[idOf('b')]], base: work().base, life, over: undefined },
  emptied: { type: 'emptied' },
  done: { type: 'done', token: tokenOf(9) },
  refused: { type: 'refused' },
  ambiguous: { type: 'ambiguous' },
  failed: { type: 'failed' },
  loaded: { type: 'loaded', view: view(live('xy')), mayTry: true, mustYield: false },
  'load-failed': { type: 'load-failed', mayTry: true },
  resumed: { type: 'resumed' },
}

/** Every state with every event; `same`: the event is not expected and changes nothing. */
const table: Record<StateName, Record<EventName, StateName | 'same'>> = {
  composing: {
    composed: 'sending',
    emptied: 'finished',
    done: 'same',
    refused: 'same',
    ambiguous: 'same',
    failed: 'same',
    loaded: 'same',
    'load-failed': 'same',
    resumed: 'same',
  },
  sending: {
    composed: 'same',
    emptied: 'finished',
    done: 'finished',
    refused: 'checking',
    ambiguous: 'checking',
    failed: 'finished',
    loaded: 'same',
    'load-failed': 'same',
    resumed: 'same',
  },
  checking: {
    composed: 'same',
    emptied: 'same',
    done: 'same',
    refused: 'same',
    ambiguous: 'same',
    failed: 'same',
    loaded: 'composing',
    'load-failed': 'pausing',
    resumed: 'same',
  },
  pausing: {
    composed: 'same',
    emptied: 'same',
    done: 'same',
    refused: 'same',
    ambiguous: 'same',
    failed: 'same',
    loaded: 'same',
    'load-failed': 'same',
    resumed: 'checking',
  },
  finished: {
    composed: 'same',
    emptied: 'same',
    done: 'same',
    refused: 'same',
    ambiguous: 'same',
    failed: 'same',
    loaded: 'same',
    'load-failed': 'same',
    resumed: 'same',
  },
}

describe('the transition table', () => {
  for (const [name, row] of Object.entries(table)) {
    for (const [eventName, expected] of Object.entries(row)) {
      test(`${name} + ${eventName} → ${expected}`, () => {
        const state = samples[name as StateName]
        const { state: next } = nextCommitState(state, events[eventName as EventName])
        if (expected === 'same') expect(next).toBe(state)
        else expect(next.type).toBe(expected)
      })
    }
  }

  test('a write begins by composing from what is known, without an attempt', () => {
    const known = view(live('x'))
    expect(beginWrite(known)).toMatchObject({ type: 'composing', view: known, work: { attempts: 0, commits: [] } })
  })

  test('an ambiguous answer after the first attempt pauses before it checks, a refusal does not', () => {
    const state: CommitState = { type: 'sending', work: work({ attempts: 2 }), repeat: undefined }
    expect(nextCommitState(state, { type: 'refused' }).state.type).toBe('checking')
    expect(nextCommitState(state, { type: 'ambiguous' }).state).toMatchObject({ type: 'pausing', work: { doubt } })
  })

  test('a definite failure while an earlier try is in doubt is not the end', () => {
    const state: CommitState = { type: 'sending', work: work({ doubt }), repeat: undefined }
    expect(nextCommitState(state, { type: 'failed' }).state.type).toBe('pausing')
  })

  test('an ambiguous answer leaves a doubt with the token that was sent', () => {
    const { state } = nextCommitState(samples.sending, { type: 'ambiguous' })
    expect(state.work.doubt).toEqual({ token: tokenOf(1) })
  })

  test('without another try a failed load is unknown with a doubt, and a failure without', () => {
    const failed: CommitEvent = { type: 'load-failed', mayTry: false }
    const inDoubt = nextCommitState({ type: 'checking', work: work({ doubt }) }, failed)
    expect(verdictOf(inDoubt)).toEqual({ type: 'given-up', outcome: 'unknown' })
    expect(verdictOf(nextCommitState(samples.checking, failed))).toEqual({ type: 'failed' })
  })
})

describe('after a load', () => {
  test('C1 head-id: the same version with another commit id is another state', () => {
    expect(settle(work(), view(live('y'))).state).toMatchObject({ type: 'composing' })
  })

  test('C1 adopt: the same state with another token is sent again with the same ids', () => {
    const { state } = settle(work(), view(live('x'), 7))
    expect(state).toMatchObject({
      type: 'sending',
      work: { commits: [[idOf('a')]], base: { token: tokenOf(7) }, attempts: 2 },
    })
    expect(state.type === 'sending' && state.repeat).toMatchObject({ view: { token: tokenOf(7) } })
  })

  test('C1 rerun: a state that moved on is computed from again', () => {
    const found = view(live('xy'))
    expect(settle(work(), found).state).toMatchObject({ type: 'composing', view: found, work: { doubt: undefined } })
  })

  test('who was faster may go first again: a pause, without a doubt, and then another look', () => {
    const event: CommitEvent = { type: 'loaded', view: view(live('xy')), mayTry: true, mustYield: true }
    const { state } = nextCommitState({ type: 'checking', work: work({ doubt }) }, event)
    expect(state).toMatchObject({ type: 'pausing', work: { doubt: undefined, commits: [[idOf('a')]] } })
    expect(nextCommitState(state, { type: 'resumed' }).state.type).toBe('checking')
  })

  test('nobody is let go first by a commit that has landed, has ended or has no try left', () => {
    const found = (given: Work, seen: View, mayTry = true): unknown =>
      verdictOf(
        nextCommitState({ type: 'checking', work: given }, { type: 'loaded', view: seen, mayTry, mustYield: true }),
      )
    expect(found(work(), view(live('xa')))).toEqual({ type: 'settled' })
    expect(found(work(), view(marker('xe')))).toEqual({ type: 'ended', outcome: 'none' })
    expect(found(work(), view(live('xy')), false)).toEqual({ type: 'given-up', outcome: 'none' })
  })

  test('C2 fresh-id: all ids of an undecided commit are looked for', () => {
    const tries = work({ commits: [[idOf('a'), idOf('b')]] })
    expect(verdictOf(settle(tries, view(live('xa'))))).toEqual({ type: 'settled' })
    expect(verdictOf(settle(tries, view(live('xb'))))).toEqual({ type: 'settled' })
  })

  test('C3 find-own-id: an own id in the document is done', () => {
    expect(settle(work({ doubt }), view(live('xa')))).toMatchObject({ landed: 1, state: { type: 'finished' } })
  })

  test('C3 find-on-refusal: also when the last answer was a refusal', () => {
    expect(settle(work({ attempts: 2 }), view(live('xab')))).toMatchObject({ landed: 1, state: { type: 'finished' } })
  })

  test('C4 each-id: of a group only what is found has landed, the rest is computed again', () => {
    const group = work({ commits: [[idOf('a')], [idOf('b')]], doubt })
    const { state, landed } = settle(group, view(live('xa')))
    expect(landed).toBe(1)
    expect(state).toMatchObject({ type: 'composing', work: { commits: [[idOf('b')]] } })
  })

  test('C4 proves-before: an id proves the commits before it, also when theirs have left the window', () => {
    const group = work({ commits: [[idOf('a')], [idOf('b')]], doubt })
    const compacted = { ...live('xab'), snapshotVersion: 3, tail: [], snapshotIds: [idOf('b')] }
    expect(settle(group, view(compacted))).toMatchObject({ landed: 2, state: { type: 'finished' } })
  })

  test('C5 reach: where the ids do not reach back to the version after the base, nobody knows', () => {
    const compacted = { ...live('xabc'), snapshotVersion: 4, tail: [], snapshotIds: [idOf('c')] }
    const mine = work({ commits: [[idOf('z')]], doubt })
    expect(verdictOf(settle(mine, view(compacted)))).toEqual({ type: 'given-up', outcome: 'unknown' })
    expect(settle(work({ commits: [[idOf('z')]] }), view(compacted)).state.type).toBe('composing')
  })

  test('C6 fence-first: giving up is unknown while the doubtful request still fits, else none', () => {
    const fits = settle(work({ doubt }), view(live('x'), 1), false)
    expect(verdictOf(fits)).toEqual({ type: 'given-up', outcome: 'unknown' })
    const fenced = settle(work({ doubt }), view(live('x'), 7), false)
    expect(verdictOf(fenced)).toEqual({ type: 'given-up', outcome: 'none' })
    const insert = settle(creation({ doubt: insertDoubt }), undefined, false)
    expect(verdictOf(insert)).toEqual({ type: 'given-up', outcome: 'unknown' })
    // Its token has gone, but so may be what it made in place of the end marker.
    const overGone = settle(creation({ doubt, over: doubt.token }), undefined, false)
    expect(verdictOf(overGone)).toEqual({ type: 'given-up', outcome: 'unknown' })
  })

  test('C1: a doubt stays only as long as the token that it carried is the current one', () => {
    expect(settle(work({ doubt }), view(live('x'), 1)).state.work.doubt).toEqual(doubt)
    expect(settle(work({ doubt }), view(live('x'), 7)).state.work.doubt).toBeUndefined()
  })

  test('L1 life-check: another life is not written to', () => {
    expect(verdictOf(settle(work(), view(live('z', 'L2'))))).toEqual({ type: 'ended', outcome: 'none' })
    expect(verdictOf(settle(work({ doubt }), view(live('z', 'L2'))))).toEqual({ type: 'ended', outcome: 'unknown' })
  })

  test('L2 bound-handle: a write to a life that is gone never creates', () => {
    expect(verdictOf(settle(work(), undefined))).toEqual({ type: 'ended', outcome: 'none' })
    expect(verdictOf(settle(work({ doubt }), undefined))).toEqual({ type: 'ended', outcome: 'unknown' })
  })

  test('L3 same-insert: a creation that may not have arrived is sent again with the same life and ids', () => {
    const { state } = settle(creation({ doubt: insertDoubt }), undefined)
    expect(state).toMatchObject({
      type: 'sending',
      repeat: { view: undefined },
      work: { life, commits: [[idOf('a')]] },
    })
  })

  test('L3: the life drawn for a creation proves it, also when the ids have gone', () => {
    const compacted = { ...live('abc'), snapshotVersion: 3, tail: [], snapshotIds: [idOf('c')] }
    expect(settle(creation({ doubt: insertDoubt }), view(compacted))).toMatchObject({ landed: 1 })
  })

  test('L4 insert-doubt: after an ambiguous creation another life leaves the outcome unknown', () => {
    const found = settle(creation({ doubt: insertDoubt }), view(live('z', 'L2')))
    expect(verdictOf(found)).toEqual({ type: 'ended', outcome: 'unknown' })
  })

  test('a creation that found another life, without doubt, is computed on that life', () => {
    const found = view(live('z', 'L2'))
    expect(settle(creation(), found).state).toMatchObject({ type: 'composing', view: found })
  })

  test('a creation over an end marker that has vanished is sent as an insert', () => {
    const { state } = settle(creation({ over: tokenOf(3) }), undefined)
    expect(state).toMatchObject({ type: 'sending', work: { over: undefined } })
  })

  test('a creation over an end marker that is still there after an ambiguous answer is sent again as it was', () => {
    const over = tokenOf(3)
    const unanswered = creation({ over, doubt: { token: over } })
    const { state } = settle(unanswered, view(marker('xe', 'L0'), 3))
    expect(state).toMatchObject({
      type: 'sending',
      work: { life, over, commits: [[idOf('a')]], doubt: { token: over } },
    })
    expect(verdictOf(settle(unanswered, view(marker('xe', 'L0'), 3), false))).toEqual({
      type: 'given-up',
      outcome: 'unknown',
    })
    expect(verdictOf(settle(unanswered, view(marker('xe', 'L0'), 4)))).toEqual({ type: 'ended', outcome: 'unknown' })
  })

  test('E2 ids-in-end: a commit that is in the final state is done, although the scope has ended', () => {
    expect(settle(work({ doubt }), view(marker('xae')))).toMatchObject({
      landed: 1,
      state: { verdict: { type: 'settled' } },
    })
  })

  test('E2: a commit that is not in the final state has ended with outcome none', () => {
    expect(verdictOf(settle(work({ doubt }), view(marker('xe'))))).toEqual({ type: 'ended', outcome: 'none' })
  })

  test("E3 end-is-commit: an own end is done, another's is not", () => {
    const end = work({ commits: [[idOf('e')]], doubt })
    expect(verdictOf(settle(end, view(marker('xe'))))).toEqual({ type: 'settled' })
    expect(verdictOf(settle(end, view(marker('xf'))))).toEqual({ type: 'ended', outcome: 'none' })
  })

  test('a renewal has no commit: whatever is found, it is over', () => {
    expect(verdictOf(settle(work({ commits: [], doubt }), view(live('xy'))))).toEqual({ type: 'settled' })
  })
})
