import type { Clock } from '@scopes/core'
import type { History, HistoryEvent } from './history.ts'

/** An event without its place: the recorder knows that. */
type Happening = HistoryEvent extends infer Event
  ? Event extends HistoryEvent
    ? Omit<Event, 'recorder' | 'order' | 'phase' | 'process' | 'atMs'>
    : never
  : never

/** Writes down what happens, in the order in which it is told. */
export interface HistoryRecorder {
  /** What has been written down so far. */
  readonly history: History
  /** Afterwards it is written down, unless `stop` was called. */
  write(process: string, happening: Happening): void
  /** A name that has not been given yet, such as `handle-3`, nor by a recorder of another name. */
  name(what: string): string
  /** Afterwards nothing is written down any more. */
  stop(): void
}

/**
 * A recorder. One for each process of the operating system: what two recorders wrote has no order, whatever their clocks
 * say. With a `clock` events are dated: only where all recorders go by the same, which is right, as in a run on a manual clock; then
 * lifetimes are judged too. A `name` of its own, which begins the names that it gives, tells them apart when their histories are joined.
 *
 * @example
 * const recorder = historyRecorder('worker-1')
 * const recorded = new RecordedScopes(scopes, { recorder, process: 'worker-1', isFresh: true, isBehind: false })
 * const scope = await recorded.open(Session, { application: 'shop', kind: 'session', id: 's1' })
 * await scope?.update({ mark: 'worker-1.1', traces: ['list', 'count'] })
 */
export function historyRecorder(name?: string, clock?: Pick<Clock, 'now'>): HistoryRecorder {
  const recorder = name ?? 'here'
  const prefix = name === undefined ? '' : `${name}:`
  const events: HistoryEvent[] = []
  const named = new Map<string, number>()
  let isStopped = false
  return {
    get history() {
      return { events: [...events] }
    },
    write: (process, happening) => {
      if (isStopped) return
      const at = clock && { atMs: clock.now() }
      events.push({ ...happening, recorder, order: events.length, phase: 0, process, ...at })
    },
    name: what => {
      const count = (named.get(what) ?? 0) + 1
      named.set(what, count)
      return `${prefix}${what}-${count}`
    },
    stop: () => {
      isStopped = true
    },
  }
}
