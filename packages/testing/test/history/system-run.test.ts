import { expect, test } from 'vitest'

import type { History, HistoryEvent } from '../../src/history/history.ts'
import { memoryPlace } from '../../src/history/run/system-place.ts'
import type { EngineFlaw } from '../../src/history/run/system-process.ts'
import { runSystem } from '../../src/history/run/system-run.ts'
import { forwarded } from './broken/broken-engine.ts'

/** The history with lives, commits and drawn names as numbers, in the order in which they turn up. */
function withoutChance({ events }: History): string {
  const names = new Map<string, string>()
  return JSON.stringify(events).replaceAll(/\b[0-9a-f]{12,32}\b/g, name => {
    const known = names.get(name) ?? `#${names.size}`
    names.set(name, known)
    return known
  })
}

test('in memory the same seed is the same run, and another is another', async () => {
  const histories = new Set<string>()
  for (const seed of [11, 12, 13, 14, 15]) {
    const { history } = await runSystem({ seed, setup: memoryPlace })
    const again = await runSystem({ seed, setup: memoryPlace })
    expect(withoutChance(again.history), `seed ${seed}`).toBe(withoutChance(history))
    histories.add(withoutChance(history))
  }
  expect(histories.size).toBe(5)
})

/** Kinds of operations and events, results of writes, errors with their outcomes, and what observers are told. */
const happenings =
  'faults, open, write, end, rotate, touch, stored, shown, rotated, read, watching, live, unwatched, killed, closed, final, ' +
  'conflict none, ended none, store-unavailable none, store-unavailable unknown, ' +
  'value, created, updated, reset first, ended ended, ended rotated, ended expired, ' +
  'clock-set, ends-due, undisturbed, handled ended, handled rotated, handled expired, handler failed'

test('what can happen to scopes happens in the runs', async () => {
  const missing = new Set(happenings.split(', '))
  for (let seed = 1; seed <= 200 && missing.size > 0; seed++) {
    const { history, faults } = await runSystem({ seed, setup: memoryPlace })
    if (faults > 0) missing.delete('faults')
    for (const event of history.events) for (const what of happeningsOf(event)) missing.delete(what)
  }
  expect([...missing]).toEqual([])
})

function happeningsOf(event: HistoryEvent): readonly string[] {
  switch (event.type) {
    case 'began':
      return [event.action.type]
    case 'succeeded':
      return [
        event.version === undefined ? 'done' : event.commitId === undefined ? 'shown' : 'stored',
        ...(event.successor ? ['rotated'] : []),
      ]
    case 'failed':
      return [`${event.code} ${event.outcome}`]
    case 'handled':
      return [`handled ${event.reason}`, `handler ${event.outcome}`]
    case 'told':
      return [[event.change.type, event.change.reason].filter(Boolean).join(' ')]
    default:
      return [event.type]
  }
}

test('nothing is written down of a process that was killed, from then on', async () => {
  let killed = 0
  for (let seed = 1; seed <= 20; seed++) {
    const { events } = (await runSystem({ seed, setup: memoryPlace })).history
    for (const event of events) {
      if (event.type !== 'killed') continue
      killed++
      const later = events.slice(events.indexOf(event) + 1).filter(({ process }) => process === event.process)
      expect(later, `seed ${seed}`).toEqual([])
    }
  }
  expect(killed).toBeGreaterThan(0)
})

test('a run of an engine that hangs is cut off', async () => {
  const flaw: EngineFlaw = { scopes: scopes => ({ ...forwarded(scopes), open: () => new Promise(() => {}) }) }
  await expect(runSystem({ seed: 2, setup: memoryPlace, flaw })).rejects.toThrow('The run does not come to an end.')
})
