import { expect, test } from 'vitest'
import { Progress, progressText } from '../../src/terminal/progress.ts'

test.each([
  [{ done: 0, total: 1000, elapsedMs: 0 }, 'verify  [------------------------]   0 %  0 of 1,000  0/s'],
  [
    { done: 500, total: 1000, elapsedMs: 250 },
    'verify  [############------------]  50 %  500 of 1,000  2,000/s  1 s left',
  ],
  [
    { done: 100, total: 20_000, elapsedMs: 1000 },
    'verify  [------------------------]   0 %  100 of 20,000  100/s  3 min 19 s left',
  ],
  [
    { done: 100, total: 1_000_000, elapsedMs: 1000 },
    'verify  [------------------------]   0 %  100 of 1,000,000  100/s  2 h 46 min left',
  ],
  // What was added while it ran.
  [
    { done: 1200, total: 1000, elapsedMs: 1000 },
    'verify  [########################] 100 %  1,200 of 1,000  1,200/s  0 s left',
  ],
  [{ done: 7, total: undefined, elapsedMs: 1000 }, 'verify  7 documents  7/s'],
  [{ done: 1, total: 0, elapsedMs: 1000 }, 'verify  1 document  1/s'],
])('of %o it says how far it is, how fast, and what remains', (state, text) => {
  expect(progressText({ what: 'verify', ...state })).toBe(text)
})

test('a line is shown a few times in a second, however often something is done', () => {
  const shown: string[] = []
  let now = 0
  const progress = new Progress('verify', 100, { show: text => void shown.push(text), now: () => now })
  for (let done = 1; done <= 100; done++) {
    now += 10
    progress.update(done)
  }
  expect(shown).toHaveLength(10)
})
