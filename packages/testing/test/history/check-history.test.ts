import { describe, expect, test } from 'vitest'

import { checkHistory } from '../../src/history/check-history.ts'
import { joinHistories, type LockHeld } from '../../src/history/history.ts'
import { story, type Story } from './story.ts'

// Histories written by hand: one that breaks a rule in the smallest way, beside those that look like it and break none.

function kinds({ history }: Story): readonly string[] {
  return [...new Set(checkHistory(history).map(({ kind }) => kind))]
}

const first = { life: 'L1', version: 1 }
const second = { life: 'L1', version: 2 }

describe('lost updates', () => {
  test('an acknowledged write that is missing from the final state is lost', () => {
    const lost = story()
      .writes('a/1', 'a1', first)
      .writes('b/1', 'b1', second)
      .isLeft({ ...second, holds: ['b1'] })
    expect(kinds(lost)).toContain('lost-update')
    const kept = story()
      .writes('a/1', 'a1', first)
      .writes('b/1', 'b1', second)
      .isLeft({ ...second, holds: ['a1', 'b1'] })
    expect(kinds(kept)).toEqual([])
  })

  test('a scope that is stored at an older version has lost what came after it', () => {
    const written = (): Story => story().writes('a/1', 'a1', first).writes('b/1', 'b1', second)
    expect(kinds(written().isLeft(first))).toEqual(['lost-update'])
    expect(kinds(written().isLeft(second))).toEqual([])
    expect(kinds(written().ends('a/1', 'L1').isLeft(second, true))).toContain('lost-update')
  })

  test('a write is not whole when one of its traces is missing', () => {
    const traces = ['list', 'member'] as const
    const torn = story()
      .writes('a/1', 'a1', first, { traces })
      .reads('a/1', { ...first, holds: ['a1'] })
    expect(kinds(torn)).toEqual(['lost-update'])
    const whole = { list: ['a1'], members: ['a1'] }
    expect(
      kinds(
        story()
          .writes('a/1', 'a1', first, { traces })
          .reads('a/1', { ...first, holds: whole }),
      ),
    ).toEqual([])
  })

  test('each write that counts counts once', () => {
    const counting = { traces: ['list', 'count'] as const }
    const twice = story().writes('a/1', 'a1', first, counting).writes('b/1', 'b1', second, counting)
    expect(kinds(twice.reads('b/1', { ...second, holds: { list: ['a1', 'b1'], count: 1 } }))).toEqual(['lost-update'])
    const right = story().writes('a/1', 'a1', first, counting).writes('b/1', 'b1', second, counting)
    expect(kinds(right.reads('b/1', { ...second, holds: { list: ['a1', 'b1'], count: 2 } }))).toEqual([])
    const thrice = story().writes('a/1', 'a1', first, counting).writes('b/1', 'b1', second, counting)
    expect(kinds(thrice.reads('b/1', { ...second, holds: { list: ['a1', 'b1'], count: 3 } }))).toEqual([
      'duplicated-commit',
    ])
  })

  test('what was taken away does not come back, and is known to have been there', () => {
    const taking = story().writes('a/1', 'a1', first).writes('a/1', 'a2', second, { clears: 'a1' })
    expect(kinds(taking.reads('a/1', { ...second, holds: ['a2'] }))).toEqual([])
    const back = story().writes('a/1', 'a1', first).writes('a/1', 'a2', second, { clears: 'a1' })
    expect(kinds(back.reads('a/1', { ...second, holds: ['a1', 'a2'] }))).toEqual(['lost-update'])
  })

  test('the last writer stands, by version', () => {
    const setting = { traces: ['list', 'last'] as const }
    const older = story().writes('a/1', 'a1', first, setting).writes('b/1', 'b1', second, setting)
    expect(kinds(older.reads('b/1', { ...second, holds: { list: ['a1', 'b1'], last: 'a1' } }))).toEqual(['lost-update'])
    const newer = story().writes('a/1', 'a1', first, setting).writes('b/1', 'b1', second, setting)
    expect(kinds(newer.reads('b/1', { ...second, holds: { list: ['a1', 'b1'], last: 'b1' } }))).toEqual([])
  })

  test('a scope that has gone although nothing ended it is lost with all that was in it', () => {
    const other = { life: 'L2', version: 1, holds: ['b1'] }
    const gone = story().writes('a/1', 'a1', first).writes('b/1', 'b1', { life: 'L2', version: 1 }).isLeft(other)
    expect(kinds(gone)).toEqual(['lost-update'])
    const ended = story().writes('a/1', 'a1', first).ends('a/1', 'L1', 'unknown')
    expect(kinds(ended.writes('b/1', 'b1', { life: 'L2', version: 1 }).isLeft(other))).toEqual([])
  })

  test('what was shown before it was stored is stored when its process has closed without complaint', () => {
    const base = (): Story => story().writes('b/1', 'b1', first).writes('a/1', 'a1', 'shown')
    const left = { ...first, holds: ['b1'] }
    expect(kinds(base().closes('a').isLeft(left))).toEqual(['lost-update'])
    expect(kinds(base().closes('a', ['scope']).isLeft(left))).toEqual([])
    expect(kinds(base().isLeft(left))).toEqual([])
  })

  test('a rotation carries everything over', () => {
    const rotated = (holds: readonly string[]): Story =>
      story()
        .writes('a/1', 'a1', first)
        .rotates('a/1', 'L1', { scope: 'next', life: 'L2' })
        .isLeft({ life: 'L1', version: 2, holds: ['a1'] }, true)
        .isLeft({ scope: 'next', life: 'L2', version: 1, holds })
    expect(kinds(rotated(['a1']))).toEqual([])
    expect(kinds(rotated([]))).toEqual(['lost-update'])
  })
})

describe('commits and versions', () => {
  test('a mark that is there twice was written twice', () => {
    const twice = story()
      .writes('a/1', 'a1', first)
      .reads('a/1', { ...first, holds: ['a1', 'a1'] })
    expect(kinds(twice)).toEqual(['duplicated-commit'])
  })

  test('a version that no write made is a gap, and so is one that two made', () => {
    expect(
      kinds(
        story()
          .writes('a/1', 'a1', first)
          .reads('a/1', { ...second, holds: ['a1'] }),
      ),
    ).toEqual(['version-gap'])
    const same = story().writes('a/1', 'a1', first).writes('b/1', 'b1', first)
    expect(kinds(same.reads('a/1', { ...first, holds: ['a1', 'b1'] }))).toEqual(['version-gap'])
  })

  test('a write is not there before its version', () => {
    const early = (holds: string): Story =>
      story()
        .writes('a/1', 'a1', 'unknown')
        .writes('b/1', 'b1', second)
        .reads('a/1', { ...first, holds: [holds] })
    expect(kinds(early('b1'))).toEqual(['version-gap'])
    expect(kinds(early('a1'))).toEqual([])
  })

  test('a version is one commit for everybody, and a commit is one version', () => {
    const told = (version: number, commitId: string): Story => {
      const holds = version === 1 ? ['a1'] : ['a1', 'b1']
      const written = story().writes('a/1', 'a1', first).writes('b/1', 'b1', 'unknown').watches('c/w', 'scopes')
      return written.tells('c/w', 'reset', { life: 'L1', version, commitId, holds })
    }
    expect(kinds(told(1, 'L1-1'))).toEqual([])
    expect(kinds(told(1, 'another'))).toEqual(['version-gap'])
    expect(kinds(told(2, 'L1-1'))).toEqual(['duplicated-commit'])
  })

  test('a version is the same state for everybody', () => {
    const unsure = story().writes('a/1', 'a1', 'unknown').writes('b/1', 'b1', 'unknown')
    const one = unsure.reads('a/1', { ...first, holds: ['a1'] }).reads('b/1', { ...first, holds: ['b1'] })
    expect(kinds(one)).toEqual(['divergence'])
  })
})

describe('results', () => {
  test('what failed with outcome none is not there; what failed with outcome unknown may be, and may be not', () => {
    const left = (outcome: 'none' | 'unknown' | 'pending', holds: readonly string[]): Story =>
      story()
        .writes('b/1', 'b1', first)
        .writes('a/1', 'a1', outcome)
        .isLeft({ life: 'L1', version: holds.length, holds })
    expect(kinds(left('none', ['b1', 'a1']))).toEqual(['false-outcome'])
    expect(kinds(left('none', ['b1']))).toEqual([])
    for (const outcome of ['unknown', 'pending'] as const) {
      expect(kinds(left(outcome, ['b1', 'a1']))).toEqual([])
      expect(kinds(left(outcome, ['b1']))).toEqual([])
    }
  })

  test('nobody is told of an end that nothing brought about', () => {
    expect(kinds(story().writes('a/1', 'a1', first).isTooLate('b/1', 'b1', 'L1'))).toEqual(['false-outcome'])
    const ended = story().writes('a/1', 'a1', first).ends('a/1', 'L1', 'unknown')
    expect(kinds(ended.isTooLate('b/1', 'b1', 'L1'))).toEqual([])
  })

  test('what nobody wrote is not there', () => {
    expect(
      kinds(
        story()
          .writes('a/1', 'a1', first)
          .reads('a/1', { ...second, holds: ['a1', 'x'] }),
      ),
    ).toContain('false-outcome')
  })
})

test('a rollback is not announced: no history knows of one', () => {
  expect(kinds(story().writes('a/1', 'a1', first).announcesRollback())).toEqual(['false-outcome'])
})

describe('reads', () => {
  const written = (): Story => story().writes('a/1', 'a1', first).writes('a/2', 'a2', second)

  test('a handle never goes back; another may be behind', () => {
    const both = { ...second, holds: ['a1', 'a2'] }
    const one = { ...first, holds: ['a1'] }
    expect(kinds(written().reads('b/1', both).reads('b/1', one))).toEqual(['non-monotonic-read'])
    expect(kinds(written().reads('b/1', both).reads('b/2', one))).toEqual([])
  })

  test('a handle shows what was written through it', () => {
    expect(kinds(written().reads('a/2', { ...first, holds: ['a1'] }))).toEqual(['unread-own-write'])
    expect(kinds(written().reads('a/1', { ...first, holds: ['a1'] }))).toEqual([])
  })

  test('who asks the store sees what was acknowledged before; who does not, need not', () => {
    expect(kinds(written().opens('b/1', { ...first, holds: ['a1'] }))).toEqual(['stale-read'])
    expect(kinds(written().opens('b/1', { ...first, holds: ['a1'] }, false))).toEqual([])
    expect(kinds(written().opens('b/1', { ...second, holds: ['a1', 'a2'] }))).toEqual([])
    expect(
      kinds(written().ends('c/1', 'L1', 'unknown').opens('b/1', { life: 'L1', version: 0, isOver: true })),
    ).toEqual([])
  })

  test('between recorders there is no before, unless their phases say so', () => {
    const writer = written().history
    const { events } = story().opens('b/1', { ...first, holds: ['a1'] }).history
    const elsewhere = { events: events.map(event => ({ ...event, recorder: 'there', operation: 'there' })) }
    const found = (phases: Parameters<typeof joinHistories>[0]): readonly string[] =>
      checkHistory(joinHistories(phases)).map(({ kind }) => kind)
    expect(found([[writer, elsewhere]])).toEqual([])
    expect(found([[writer], [elsewhere]])).toEqual(['stale-read'])
  })

  test('in the end everybody who follows shows what is stored', () => {
    const left = { ...second, holds: ['a1', 'a2'] }
    expect(
      kinds(
        written()
          .reads('b/1', { ...first, holds: ['a1'] }, true)
          .isLeft(left),
      ),
    ).toEqual(['divergence'])
    expect(kinds(written().reads('b/1', left, true).isLeft(left))).toEqual([])
  })
})

describe('ends', () => {
  test('what has ended is not stored as living', () => {
    const ended = story().writes('a/1', 'a1', first).ends('a/1', 'L1')
    expect(kinds(ended.isLeft({ ...first, holds: ['a1'] }))).toEqual(['revival'])
    const marked = story()
      .writes('a/1', 'a1', first)
      .ends('a/1', 'L1')
      .isLeft({ ...second, holds: ['a1'] }, true)
    expect(kinds(marked)).toEqual([])
  })

  test('an end of which nobody knows may have happened, and may have not', () => {
    const ending = (): Story => story().writes('a/1', 'a1', first).ends('a/1', 'L1', 'unknown')
    expect(kinds(ending().isLeft({ ...first, holds: ['a1'] }))).toEqual([])
    expect(kinds(ending().isLeft({ ...second, holds: ['a1'] }, true))).toEqual([])
  })

  test('nothing is written to a life that has ended', () => {
    const late = story().writes('a/1', 'a1', first).ends('a/1', 'L1').writes('b/1', 'b1', second)
    expect(kinds(late)).toEqual(['revival'])
    const behind = story().writes('a/1', 'a1', first).writes('b/1', 'b1', { life: 'L1', version: 3 })
    expect(kinds(behind.watches('c/w', 'changes').tells('c/w', 'ended', { ...second, holds: ['a1'] }))).toEqual([
      'revival',
    ])
  })

  test('what a handle has shown as over stays over, and no other life takes its place', () => {
    const over = { ...first, isOver: true }
    const shown = { ...first, holds: ['a1'] }
    const base = (): Story => story().writes('b/1', 'a1', first)
    expect(kinds(base().reads('a/1', over).reads('a/1', shown))).toEqual(['revival'])
    expect(kinds(base().reads('a/1', shown).reads('a/1', over))).toEqual([])
    const other = { life: 'L2', version: 1, holds: ['b1'] }
    expect(kinds(base().writes('b/2', 'b1', other).reads('a/1', shown).reads('a/1', other))).toEqual(['revival'])
  })

  test('what was written to one life is not in the next', () => {
    const next = { life: 'L2', version: 2 }
    const carried = story().writes('a/1', 'a1', first).ends('a/1', 'L1').writes('b/1', 'b1', next)
    expect(kinds(carried.reads('b/1', { ...next, holds: ['a1', 'b1'] }))).toEqual(['revival'])
  })

  test('a life is ended once', () => {
    const base = (): Story => story().writes('a/1', 'a1', first).ends('a/1', 'L1')
    expect(kinds(base().ends('b/1', 'L1'))).toEqual(['duplicated-commit'])
    expect(kinds(base().ends('b/1', 'L1', 'none'))).toEqual([])
  })
})

describe('observers', () => {
  const states = [[], ['a1'], ['a1', 'a2'], ['a1', 'a2', 'a3']]
  const at = (version: number): { life: string; version: number; holds: readonly string[] } => {
    return { life: 'L1', version, holds: states[version] ?? [] }
  }
  const written = (): Story =>
    [1, 2, 3].reduce((told, version) => told.writes('a/1', `a${version}`, { life: 'L1', version }), story())

  test('changes come one after the other, or say what was left out', () => {
    const watched = (): Story => written().watches('b/w', 'scopes').tells('b/w', 'created', at(1))
    expect(kinds(watched().tells('b/w', 'updated', at(2)).tells('b/w', 'updated', at(3)))).toEqual([])
    expect(kinds(watched().tells('b/w', 'updated', at(3)))).toEqual(['observer-gap'])
    expect(kinds(watched().tells('b/w', 'reset', { ...at(3), reason: 'gap' }))).toEqual([])
  })

  test('nothing is told twice by effect, or after something later', () => {
    const watched = (): Story => written().watches('b/w', 'scopes').tells('b/w', 'created', at(1))
    const later = (): Story => watched().tells('b/w', 'updated', at(2))
    expect(kinds(later().tells('b/w', 'updated', at(2)))).toEqual(['observer-order'])
    expect(kinds(later().tells('b/w', 'touched', at(2)))).toEqual([])
    expect(kinds(later().tells('b/w', 'reset', { ...at(1), reason: 'gap' }))).toEqual(['observer-order'])
    expect(kinds(later().tells('b/w', 'reset', { ...at(3), reason: 'rolled-back' }))).toEqual(['observer-order'])
    expect(kinds(written().watches('b/w', 'values').tells('b/w', 'value', at(3)).tells('b/w', 'value', at(2)))).toEqual(
      ['observer-order'],
    )
  })

  test('nothing of a life is told after its end', () => {
    const ended = story().writes('a/1', 'a1', first).ends('a/1', 'L1').watches('b/w', 'scopes')
    const told = ended.tells('b/w', 'created', at(1)).tells('b/w', 'ended', { ...second, holds: ['a1'] })
    expect(kinds(told)).toEqual([])
    expect(kinds(told.tells('b/w', 'touched', at(1)))).toEqual(['observer-order'])
  })

  test('who watches to the end is told the final state', () => {
    const watched = (): Story => written().watches('b/w', 'changes').tells('b/w', 'updated', at(2))
    expect(kinds(watched().isLeft(at(3)))).toEqual(['observer-final'])
    expect(kinds(watched().tells('b/w', 'updated', at(3)).isLeft(at(3)))).toEqual([])
    expect(kinds(written().watches('b/w', 'values').tells('b/w', 'value', at(2)).isLeft(at(3)))).toEqual([
      'observer-final',
    ])
  })

  test('who is told nothing although something happened was left behind', () => {
    const silent = story().watches('b/w', 'scopes').goesLive('b/w').writes('a/1', 'a1', first)
    expect(kinds(silent.isLeft(at(1)))).toEqual(['observer-final'])
    const late = story().writes('a/1', 'a1', first).watches('b/w', 'scopes').goesLive('b/w')
    expect(kinds(late.isLeft(at(1)))).toEqual([])
    const behind = written().watches('b/w', 'changes', at(2))
    expect(kinds(behind.isLeft(at(3)))).toEqual(['observer-final'])
  })
})

describe('locks', () => {
  const held = (grant: string, token: number, type: 'exclusive' | 'readonly' = 'exclusive'): LockHeld => ({
    lock: 'till',
    type,
    grant,
    token: String(token),
  })
  const third = { life: 'L1', version: 3 }
  const turns = (...holders: readonly LockHeld[]): Story =>
    holders.reduce((told, under, index) => {
      return told.writes(`a/${index}`, `a${index}`, { life: 'L1', version: index + 1 }, { under })
    }, story())

  test('who was overtaken writes nothing after his successor has written', () => {
    expect(kinds(turns(held('g1', 5), held('g2', 9), held('g1', 5)))).toEqual(['lock-overtaken'])
    expect(kinds(turns(held('g1', 5), held('g1', 5), held('g2', 9)))).toEqual([])
    expect(kinds(turns(held('g1', 5, 'readonly'), held('g2', 9), held('g1', 5, 'readonly')))).toEqual([
      'lock-overtaken',
    ])
  })

  test('two holders do not write by turns, whatever their tokens are', () => {
    expect(kinds(turns(held('g1', 5), held('g2', 5)))).toEqual(['lock-overtaken'])
  })

  test('readers write beside each other, and shut out nobody', () => {
    const readers = turns(held('g1', 5, 'readonly'), held('g2', 9, 'readonly'), held('g1', 5, 'readonly'))
    expect(kinds(readers)).toEqual([])
    expect(kinds(turns(held('g2', 9, 'readonly'), held('g1', 5)))).toEqual([])
  })

  test('another lock, another scope and a write without a lock have nothing to do with it', () => {
    const others = story()
      .writes('a/1', 'a1', first, { under: held('g2', 9) })
      .writes('b/1', 'b1', second, { under: { ...held('g1', 5), lock: 'other' } })
      .writes('b/1', 'b2', third)
      .writes('b/2', 'b3', { life: 'L2', version: 1 }, { under: held('g1', 5), scope: 'elsewhere' })
    expect(kinds(others)).toEqual([])
  })
})
