import { checkEnds } from './checks/end-check.ts'
import { checkFinals } from './checks/final-check.ts'
import { checkHandlers } from './checks/handler-check.ts'
import { checkLifetimes } from './checks/lifetime-check.ts'
import { checkLocks } from './checks/lock-check.ts'
import { checkObservers } from './checks/observer-check.ts'
import { checkReads } from './checks/read-check.ts'
import { checkStates } from './checks/state-check.ts'
import { checkVersions } from './checks/version-check.ts'
import type { History } from './history.ts'
import { timelineOf } from './timeline.ts'
import type { Violation } from './violation.ts'

/**
 * What is wrong with a history; empty: nothing. Pure. It knows nothing of documents, merges or folds: each write left a mark
 * of its own, and marks, versions and commit ids tell what became of it. What has the outcome unknown may be either.
 *
 * ```ts
 * for (const violation of checkHistory(history)) console.log(explainViolation(history, violation))
 * ```
 */
export function checkHistory(history: History): readonly Violation[] {
  const timeline = timelineOf(history)
  const found = [
    ...checkStates(timeline),
    ...checkVersions(timeline),
    ...checkEnds(timeline),
    ...checkReads(timeline),
    ...checkLocks(timeline),
    ...checkLifetimes(timeline, history.events),
    ...checkHandlers(timeline, history.events),
    ...checkFinals(timeline),
    ...checkObservers(timeline, history.events),
    ...checkRollbacks(history),
  ]
  const byName = new Map<string, Violation>()
  for (const violation of found) {
    const name = `${violation.kind} ${violation.subject}`
    if (!byName.has(name)) byName.set(name, violation)
  }
  return [...byName.values()]
}

/** No history knows of a store that loses what it has acknowledged. */
function checkRollbacks({ events }: History): readonly Violation[] {
  return events.flatMap(event => {
    if (event.type !== 'rolled-back') return []
    const message = `A rollback of ${event.scope} was announced that never happened.`
    return [{ kind: 'false-outcome' as const, subject: event.scope, message, events: [event] }]
  })
}
