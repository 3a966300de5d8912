import { expect, test } from 'vitest'

import { checkHistory } from '../../src/history/check-history.ts'
import { explainViolation } from '../../src/history/explain-violation.ts'
import { type Story, story } from './story.ts'

function explanations({ history }: Story): readonly string[] {
  return checkHistory(history).map(violation => explainViolation(history, violation))
}

test('a violation is explained by the shortest history that shows it, the proof marked', () => {
  const busy = story().opens('a/1', { version: 0 })
  for (let version = 1; version <= 20; version++) {
    busy.writes(version % 2 === 0 ? 'a/1' : 'b/1', `m${version}`, { life: 'L1', version })
    busy.reads('c/1', {
      life: 'L1',
      version,
      holds: Array.from({ length: version }, (_, index) => `m${index + 1}`).filter(
        mark => version < 12 || mark !== 'm7',
      ),
    })
  }
  const [found = ''] = explanations(busy)
  expect(found.split('\n').map(line => line.trimEnd())).toEqual([
    'lost-update (an acknowledged write is missing): scope version 1: m7 is version 1 and is missing.',
    '> b      o8 of b/1 begins: update m7 (list) in scope (L1)',
    '> b      o8 succeeds as version 1 (L1)',
    '> c      c/1 shows scope version 1 (L1) {} count 0 last -',
  ])
})

test('what the violation depends on is not left out: a version is counted by all of its writes', () => {
  const gap = story().writes('a/1', 'a1', { life: 'L1', version: 1 }).writes('a/1', 'a2', { life: 'L1', version: 3 })
  const [found = ''] = explanations(gap.reads('a/1', { life: 'L1', version: 3, holds: ['a1', 'a2'] }))
  expect(found).toContain('version 2 holds 1 writes')
})

test('other scopes are not in it', () => {
  const two = story().writes('a/1', 'x1', { life: 'L2', version: 1 }, { scope: 'other' })
  const [found = ''] = explanations(
    two.writes('a/2', 'a1', { life: 'L1', version: 1 }).isLeft({ life: 'L1', version: 1, holds: ['a1', 'a1'] }),
  )
  expect(found).toContain('a1 is twice in list')
  expect(found).not.toContain('x1')
})
