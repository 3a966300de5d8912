import type { HistoryEvent } from '../history.ts'
import type { Timeline } from '../timeline.ts'

/** A scope is over so long after its deadline, in milliseconds. */
export const toleranceMs = 1000
/** A write renews when less of the idle time remains. */
export const renewedShare = 0.9

/** How far the clock of a process has been ahead of time: between these, in milliseconds. */
interface Skew {
  readonly least: number
  readonly most: number
}

const right: Skew = { least: 0, most: 0 }

/** The clocks of the processes of a history. */
export interface Clocks {
  readonly of: (process: string) => Skew
  /** Of all processes together. */
  readonly all: Skew
}

/** The idle time of each scope that has one, in milliseconds. */
export function lifetimesOf({ operations }: Timeline): ReadonlyMap<string, number> {
  return new Map(
    operations.flatMap(({ began: { scope, action } }) =>
      action.type === 'open' && action.idleMs !== undefined ? [[scope, action.idleMs]] : [],
    ),
  )
}

/** What is said of the clocks. */
export function clocksOf(events: readonly HistoryEvent[]): Clocks {
  const skews = new Map<string, Skew>()
  let all = right
  for (const event of events) {
    if (event.type !== 'clock-set') continue
    // It was right before, or was set before.
    skews.set(event.process, widened(skews.get(event.process) ?? right, event.skewMs))
    all = widened(all, event.skewMs)
  }
  return { of: process => skews.get(process) ?? right, all }
}

function widened({ least, most }: Skew, skewMs: number): Skew {
  return { least: Math.min(least, skewMs), most: Math.max(most, skewMs) }
}
