import { describe, expect, test } from 'vitest'

import { checkHistory } from '../../src/history/check-history.ts'
import { explainViolation } from '../../src/history/explain-violation.ts'
import { type Story, story } from './story.ts'

const minute = 60_000
const first = { life: 'L1', version: 1 }

function kinds({ history }: Story): readonly string[] {
  return checkHistory(history).map(({ kind }) => kind)
}

describe('handlers', () => {
  const ended = (): Story => story().writes('a/1', 'a1', first).ends('a/1', 'L1')
  const end = { life: 'L1', version: 2, holds: ['a1'] }

  test('an end is told, and nothing is wrong with that', () => {
    expect(kinds(ended().handles('a', end).isTold().wentWell())).toEqual([])
  })

  test('an end is told at last, also after failures, and not later than that', () => {
    expect(kinds(ended().isTold())).toEqual(['end-untold'])
    expect(
      kinds(
        ended()
          .handles('a', { ...end, outcome: 'failed' })
          .isTold(),
      ),
    ).toEqual(['end-untold'])
    expect(
      kinds(
        ended()
          .handles('a', { ...end, outcome: 'failed' })
          .handles('b', end)
          .isTold(),
      ),
    ).toEqual([])
    expect(kinds(story().writes('a/1', 'a1', first).isTold().ends('a/1', 'L1').handles('a', end))).toEqual([])
    expect(kinds(story().isTold(['scope']))).toEqual(['end-untold'])
  })

  test('who was told of an end by a feed knows that it has to be told', () => {
    const told = story().watches('b/w', 'scopes').writes('a/1', 'a1', first).ends('a/1', 'L1', 'unknown')
    told.tells('b/w', 'created', { ...first, holds: ['a1'] }).tells('b/w', 'ended', { ...end, reason: 'ended' })
    expect(kinds(told.isTold())).toEqual(['end-untold'])
  })

  test('a process tells an end once, and where nothing went wrong so do all together', () => {
    expect(kinds(ended().handles('a', end).handles('a', end))).toEqual(['end-told-again'])
    expect(kinds(ended().handles('a', end).handles('b', end))).toEqual([])
    expect(kinds(ended().handles('a', end).handles('b', end).wentWell())).toEqual(['end-told-again'])
  })

  test('what is told as over is over', () => {
    const lives = story().writes('a/1', 'a1', first).ends('a/1', 'L1', 'unknown').handles('a', end)
    expect(kinds(lives.writes('b/1', 'b1', { life: 'L1', version: 2 }))).toContain('end-untrue')
    const stored = story().writes('a/1', 'a1', first).ends('a/1', 'L1', 'unknown').handles('a', end)
    expect(kinds(stored.isLeft({ ...first, holds: ['a1'] }))).toEqual(['end-untrue'])
  })

  test('the reason is true, and the word is that of who ended it', () => {
    for (const reason of ['rotated', 'expired', 'tired']) {
      expect(kinds(ended().handles('a', { ...end, reason }))).toEqual(['end-untrue'])
    }
    expect(kinds(ended().handles('a', { ...end, reason: 'ended', detail: 'done' }))).toEqual([])
    const rotated = story().writes('a/1', 'a1', first).rotates('a/1', 'L1', { scope: 'next', life: 'L2' })
    expect(kinds(rotated.handles('a', { ...end, reason: 'rotated' }))).toEqual([])
    expect(kinds(rotated.handles('b', { ...end, reason: 'rotated', detail: 'done' }))).toEqual(['end-untrue'])
  })

  test('an end keeps its delivery id, and no other has it', () => {
    const twice = ended().handles('a', { ...end, outcome: 'failed' })
    expect(kinds(twice.handles('b', { ...end, deliveryId: 'another' }))).toEqual(['end-untrue'])
    const two = ended().handles('a', end).writes('a/2', 'a2', { life: 'L2', version: 1 }).ends('a/2', 'L2')
    expect(kinds(two.handles('a', { life: 'L2', version: 2, holds: ['a2'], deliveryId: 'L1' }))).toEqual(['end-untrue'])
  })

  test('the final state is that of the last version', () => {
    expect(kinds(ended().handles('a', { ...end, holds: [] }))).toContain('lost-update')
    expect(kinds(ended().handles('a', { ...end, version: 1 }))).toContain('revival')
  })
})

describe('lifetimes', () => {
  const idleMs = 30 * minute
  const seen = { ...first, holds: ['a1'] }
  /** A scope that was written to as the story begins. */
  const used = (): Story => story({ idleMs }).opens('a/1', { version: 0 }).writes('a/1', 'a1', first)
  const expires = (told: Story): Story =>
    told.handles('b', { life: 'L1', version: 2, holds: ['a1'], reason: 'expired' })

  test('nobody ends a scope before nine tenths of its idle time and a second have passed since a write', () => {
    expect(kinds(expires(used().passes(27 * minute + 999)))).toEqual(['ended-early'])
    expect(kinds(expires(used().passes(27 * minute + 1000)))).toEqual([])
    const told = used().watches('b/w', 'scopes').passes(minute)
    expect(kinds(told.tells('b/w', 'ended', { ...seen, version: 2, reason: 'expired' }))).toEqual(['ended-early'])
  })

  test('a clock that is said to be wrong is allowed for by as much, and no more', () => {
    const ahead = (ms: number): Story =>
      used()
        .hasClock('b', 10 * minute)
        .passes(ms)
    expect(kinds(expires(ahead(17 * minute + 1000)))).toEqual([])
    expect(kinds(expires(ahead(17 * minute + 999)))).toEqual(['ended-early'])
    const behind = story({ idleMs })
      .hasClock('a', -10 * minute)
      .opens('a/1', { version: 0 })
      .writes('a/1', 'a1', first)
    expect(kinds(expires(behind.passes(17 * minute + 1000)))).toEqual([])
  })

  test('who takes a scope for over by a clock that is wrong need not be told of it, and everybody else must', () => {
    const silent = (skewMs: number): Story =>
      story({ idleMs })
        .hasClock('b', skewMs)
        .watches('b/w', 'scopes')
        .goesLive('b/w')
        .opens('a/1', { version: 0 })
        .writes('a/1', 'a1', first)
        .passes(18 * minute)
        .isLeft({ life: 'L1', version: 1 })
    expect(kinds(silent(10 * minute))).toEqual([])
    expect(kinds(silent(8 * minute))).toEqual(['observer-final'])
    expect(kinds(silent(0))).toEqual(['observer-final'])
  })

  test('nobody who asks the store is shown a scope when its time is over', () => {
    expect(
      kinds(
        used()
          .passes(idleMs + 1999)
          .opens('b/1', seen),
      ),
    ).toEqual([])
    expect(
      kinds(
        used()
          .passes(idleMs + 2000)
          .opens('b/1', seen),
      ),
    ).toEqual(['outlived'])
    expect(
      kinds(
        used()
          .passes(idleMs + 2000)
          .opens('b/1', { ...seen, isOver: true }),
      ),
    ).toEqual([])
    expect(
      kinds(
        used()
          .passes(idleMs + 2000)
          .opens('b/1', seen, false),
      ),
    ).toEqual([])
  })

  test('whoever uses it lets it live on, also if nobody knows when he did', () => {
    const again = used()
      .passes(20 * minute)
      .writes('a/1', 'a2', { life: 'L1', version: 2 })
    expect(kinds(again.passes(20 * minute).opens('b/1', { life: 'L1', version: 2, holds: ['a1', 'a2'] }))).toEqual([])
    const pending = used()
      .writes('a/1', 'a2', 'pending')
      .passes(idleMs + minute)
    expect(kinds(pending.opens('b/1', seen))).toEqual([])
  })

  test('a history without dates says nothing about lifetimes', () => {
    const { history } = used()
      .passes(idleMs + minute)
      .opens('b/1', seen)
    const undated = history.events.map(event => ({ ...event, atMs: undefined }))
    expect(checkHistory({ events: undated })).toEqual([])
  })

  test('the explanation says when', () => {
    const { history } = used()
      .passes(idleMs + minute)
      .opens('b/1', seen)
    const [found] = checkHistory(history)
    const text = found ? explainViolation(history, found) : ''
    expect(text).toContain(`it lives ${idleMs} ms`)
    expect(text).toMatch(/> {2}1860000 b {6}o3 of b\/1 begins/)
  })
})
