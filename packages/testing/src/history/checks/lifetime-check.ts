import type { Handled, HistoryEvent, Told } from '../history.ts'
import { sightingOf, type Operation, type Timeline } from '../timeline.ts'
import type { Violation } from '../violation.ts'
import { type Clocks, clocksOf, lifetimesOf, renewedShare, toleranceMs } from './lifetimes.ts'

/** Deadlines are whole seconds, rounded up. */
const roundingMs = 1000

/**
 * No scope is ended because nobody used it while it was used, and none is shown when its time is over. Deadlines are written by the
 * clocks of some and judged by those of others: what these are said to be off is allowed for, and nothing more. Histories without
 * dates are not judged.
 */
export function checkLifetimes(timeline: Timeline, events: readonly HistoryEvent[]): readonly Violation[] {
  const lifetimes = lifetimesOf(timeline)
  if (lifetimes.size === 0 || events[0]?.atMs === undefined) return []
  const clocks = clocksOf(events)
  return [
    ...checkEarly(timeline, events, { lifetimes, clocks }),
    ...checkOutlived(timeline, events, { lifetimes, clocks }),
  ]
}

/** What lifetimes are judged by. */
interface Measures {
  /** The idle time of each scope, in milliseconds. */
  readonly lifetimes: ReadonlyMap<string, number>
  readonly clocks: Clocks
}

function checkEarly(
  timeline: Timeline,
  events: readonly HistoryEvent[],
  { lifetimes, clocks }: Measures,
): readonly Violation[] {
  return events.filter(isExpiry).flatMap(expiry => {
    const { scope, atMs = Infinity } = expiry
    const life = expiry.type === 'told' ? expiry.change.life : expiry.life
    const idleMs = lifetimes.get(scope)
    if (idleMs === undefined) return []
    for (const write of timeline.writes.values()) {
      const { began, succeeded, result } = write
      if (result !== 'stored' || write.life !== life || write.scope !== scope || began.atMs === undefined) continue
      // The clock of who wrote it may be behind, and that of who ended it ahead.
      const deadline = began.atMs + clocks.of(began.process).least + idleMs * renewedShare
      if (atMs >= deadline + toleranceMs - clocks.all.most) continue
      const message = `${scope} (${life}) has ended as expired, ${atMs - began.atMs} ms after ${write.mark}; it lives ${idleMs} ms.`
      const proof = succeeded ? [began, succeeded, expiry] : [began, expiry]
      return [{ kind: 'ended-early' as const, subject: `${scope} (${life})`, message, events: proof }]
    }
    return []
  })
}

function isExpiry(event: HistoryEvent): event is Told | Handled {
  if (event.type === 'handled') return event.reason === 'expired'
  if (event.type !== 'told' || event.change.type !== 'ended' || event.change.reason !== 'expired') return false
  // Without a state the end was only inferred, when its marker had gone: that is what has expired then.
  return event.change.ledger !== undefined
}

function checkOutlived(
  timeline: Timeline,
  events: readonly HistoryEvent[],
  { lifetimes, clocks }: Measures,
): readonly Violation[] {
  const killedAt = new Map(events.flatMap(event => (event.type === 'killed' ? [[event.process, event.atMs]] : [])))
  return timeline.operations.flatMap(({ began, succeeded }) => {
    const idleMs = lifetimes.get(began.scope)
    const { atMs } = began
    if (began.action.type !== 'open' || !began.action.isFresh || !succeeded?.sighting) return []
    if (idleMs === undefined || atMs === undefined) return []
    const { life, isOver } = sightingOf(succeeded)
    if (life === undefined || isOver) return []
    const used = timeline.operations.filter(operation => isUse(operation, began.scope))
    // What is shown before it is stored is stored some time later.
    if (used.length === 0 || used.some(operation => isShownOnly(operation))) return []
    // It was looked at between the two.
    const shownAt = succeeded.atMs ?? atMs
    const usedUntil = Math.max(
      ...used.map(operation => {
        if ((operation.began.atMs ?? atMs) > shownAt) return -Infinity
        const result = operation.succeeded ?? operation.failed
        return Math.min(shownAt, result?.atMs ?? killedAt.get(operation.began.process) ?? shownAt)
      }),
    )
    if (usedUntil === -Infinity) return []
    const over = usedUntil + clocks.all.most + idleMs + roundingMs + toleranceMs
    if (atMs + clocks.of(began.process).least < over) return []
    const message = `${began.scope} (${life}) is shown ${atMs - usedUntil} ms after its last use; it lives ${idleMs} ms.`
    return [{ kind: 'outlived' as const, subject: `${began.scope} (${life})`, message, events: [began, succeeded] }]
  })
}

/** Something that may have set its deadline. */
function isUse({ began, succeeded }: Operation, scope: string): boolean {
  if (succeeded?.successor?.scope === scope) return true
  return began.scope === scope && began.action.type !== 'open' && began.action.type !== 'end'
}

function isShownOnly({ began, succeeded }: Operation): boolean {
  return began.action.type === 'write' && succeeded !== undefined && succeeded.commitId === undefined
}
