import { checkHistory } from './check-history.ts'
import type { History, HistoryEvent } from './history.ts'
import { timelineOf } from './timeline.ts'
import type { Violation } from './violation.ts'
import { withoutWrite } from './without-write.ts'

/** A history that is short and still shows a violation. */
export interface Shrunk {
  readonly history: History
  /** The violation, as it is in this history. */
  readonly violation: Violation
}

/**
 * The shortest history that still shows the violation, as far as taking things away one by one leads: an event that nothing
 * depends on, or a write with all its traces as if it had never been.
 */
export function shrinkHistory(history: History, violation: Violation): Shrunk {
  let shrunk: Shrunk = { history, violation }
  shrunk = stillShown({ events: relatedTo(shrunk) }, shrunk) ?? shrunk
  for (let size = Infinity; shrunk.history.events.length < size;) {
    size = shrunk.history.events.length
    shrunk = withFewerEvents(shrunk)
    shrunk = withFewerWrites(shrunk)
    shrunk = withFewerOperations(shrunk)
  }
  return { ...shrunk, history: { events: withoutOrphans(shrunk.history.events) } }
}

/** Events of the scopes that the violation is about, and of those that became them or came of them by rotation. */
function relatedTo({ history, violation }: Shrunk): readonly HistoryEvent[] {
  const { operations } = timelineOf(history)
  const scopeOf = new Map(operations.map(({ began }) => [began.operation, began.scope]))
  const scopesOf = (event: HistoryEvent): readonly string[] => {
    if ('scope' in event && event.scope !== undefined) return [event.scope]
    const scope = 'operation' in event ? scopeOf.get(event.operation) : undefined
    return scope === undefined ? [] : [scope]
  }
  const related = new Set(violation.events.flatMap(scopesOf))
  for (let size = 0; related.size > size;) {
    size = related.size
    for (const { began, succeeded } of operations) {
      if (!succeeded?.successor) continue
      if (related.has(began.scope)) related.add(succeeded.successor.scope)
      if (related.has(succeeded.successor.scope)) related.add(began.scope)
    }
  }
  return history.events.filter(event => scopesOf(event).every(scope => related.has(scope)))
}

/** Leaves out what can be left out by itself: in halves, quarters and so on, as long as that helps. */
function withFewerEvents(given: Shrunk): Shrunk {
  let shrunk = given
  for (let width = Math.ceil(given.history.events.length / 2); width >= 1; width = Math.floor(width / 2)) {
    for (let start = 0; start < shrunk.history.events.length;) {
      const { events } = shrunk.history
      const taken = new Set(events.slice(start, start + width).filter(isFree))
      const smaller =
        taken.size > 0 ? stillShown({ events: events.filter(event => !taken.has(event)) }, shrunk) : undefined
      if (smaller) shrunk = smaller
      else start += width
    }
  }
  return shrunk
}

function withFewerWrites(given: Shrunk): Shrunk {
  // Whether a scope was used is what the violation is about.
  if (given.violation.kind === 'outlived') return given
  let shrunk = given
  for (const mark of timelineOf(given.history).writes.keys()) {
    const without = withoutWrite(shrunk.history, timelineOf(shrunk.history), mark)
    const smaller = without && stillShown(without, shrunk)
    if (smaller) shrunk = smaller
  }
  return shrunk
}

/** Something seen. What was done is left out together with what came of it: else that would look like a violation. */
function isFree({ type }: HistoryEvent): boolean {
  return ['read', 'told', 'watching', 'live', 'final', 'handled'].includes(type)
}

/** An opening or a renewal, with its result: others do not depend on it, unless scopes end by themselves. */
function withFewerOperations(given: Shrunk): Shrunk {
  // How a scope began is a part of how its versions are counted, and who has used it of how long it lives.
  if (['version-gap', 'outlived', 'ended-early'].includes(given.violation.kind)) return given
  let shrunk = given
  for (const { began } of timelineOf(given.history).operations) {
    const { action, operation } = began
    if (action.type !== 'touch' && (action.type !== 'open' || action.expires)) continue
    const events = shrunk.history.events.filter(event => !('operation' in event && event.operation === operation))
    shrunk = stillShown({ events }, shrunk) ?? shrunk
  }
  return shrunk
}

/** Without what is told of observers and processes of which nothing else is left. */
function withoutOrphans(events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  const observers = new Set(events.flatMap(event => (event.type === 'watching' ? [event.observer] : [])))
  const isAbout = ({ type }: HistoryEvent): boolean => !['closed', 'killed', 'clock-set'].includes(type)
  const processes = new Set(events.filter(isAbout).map(({ process }) => process))
  return events.filter(event => {
    if (event.type === 'unwatched') return observers.has(event.observer)
    return isAbout(event) || processes.has(event.process)
  })
}

function stillShown(history: History, { violation }: Shrunk): Shrunk | undefined {
  const found = checkHistory(history).find(
    ({ kind, subject }) => kind === violation.kind && subject === violation.subject,
  )
  return found && { history, violation: found }
}
