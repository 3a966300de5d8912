import {
  type Began,
  type Closed,
  type Failed,
  type Final,
  type Handled,
  type History,
  type HistoryEvent,
  type Read,
  type Sighting,
  type Succeeded,
  type Told,
  type Watching,
} from './history.ts'
import type { LedgerSeen, LedgerWrite } from './ledger.ts'

/** An operation from its begin to its result, if there is one. */
export interface Operation {
  readonly began: Began
  readonly succeeded: Succeeded | undefined
  readonly failed: Failed | undefined
}

/** A write operation and what is known of it. */
export interface Write extends Operation {
  readonly mark: string
  readonly write: LedgerWrite
  readonly scope: string
  /** `stored`: acknowledged, with life and version. `shown`: acknowledged before it was stored. */
  readonly result: 'stored' | 'shown' | 'none' | 'unknown'
  /** Of a stored write. */
  readonly life: string
  /** Of a stored write. */
  readonly version: number
}

/** A state of a life, as somebody saw it. */
export interface StateSeen {
  readonly event: HistoryEvent
  readonly scope: string
  readonly life: string
  /** Of the state; of an end marker that of the last commit before it. */
  readonly version: number
  readonly isExact: boolean
  readonly ledger: LedgerSeen
}

/** A history, put in order for the checks. */
export interface Timeline {
  readonly operations: readonly Operation[]
  /** By mark. */
  readonly writes: ReadonlyMap<string, Write>
  readonly states: readonly StateSeen[]
  readonly finals: ReadonlyMap<string, Final>
  /** By handle, in order: what was read, and what an opening showed. */
  readonly reads: ReadonlyMap<string, readonly (Read | Succeeded)[]>
  readonly told: ReadonlyMap<string, readonly Told[]>
  readonly watching: readonly Watching[]
  readonly closed: ReadonlyMap<string, Closed>
  readonly handled: readonly Handled[]
  /** The scope and life that were rotated, by the life that came of it. */
  readonly parents: ReadonlyMap<string, { readonly scope: string; readonly life: string }>
}

/** The history, put in order for the checks. */
export function timelineOf({ events }: History): Timeline {
  const results = new Map<string, Succeeded | Failed>()
  for (const event of events) {
    if (event.type === 'succeeded' || event.type === 'failed') results.set(event.operation, event)
  }
  const operations = events.filter(isBegan).map(began => operationOf(began, results.get(began.operation)))
  const byOperation = new Map(operations.map(operation => [operation.began.operation, operation]))
  return {
    operations,
    writes: new Map(operations.flatMap(operation => writeOf(operation)).map(write => [write.mark, write])),
    states: events.flatMap(event => stateOf(event, byOperation)),
    finals: new Map(events.flatMap(event => (event.type === 'final' ? [[event.scope, event]] : []))),
    reads: grouped(events, event =>
      event.type === 'read' || (event.type === 'succeeded' && event.sighting)
        ? [handleOf(event, byOperation), event]
        : undefined,
    ),
    told: grouped(events, event => (event.type === 'told' ? [event.observer, event] : undefined)),
    watching: events.filter(event => event.type === 'watching'),
    handled: events.filter(event => event.type === 'handled'),
    closed: new Map(events.flatMap(event => (event.type === 'closed' ? [[event.process, event]] : []))),
    parents: new Map(
      operations.flatMap(({ began, succeeded }) =>
        succeeded?.successor ? [[succeeded.successor.life, { scope: began.scope, life: succeeded.life ?? '' }]] : [],
      ),
    ),
  }
}

/** What a reading of a handle showed. */
export function sightingOf(event: Read | Succeeded): Sighting {
  if (event.sighting === undefined) throw new TypeError('Only openings and reads have a sighting.')
  return event.sighting
}

/** What is known to be in a ledger: the marks that name themselves, and what those have taken away. */
export function writesIn(ledger: LedgerSeen, writes: Timeline['writes']): ReadonlySet<string> {
  const found = new Set([...ledger.list, ...ledger.fields, ...ledger.members])
  // Grows while it is walked: what took something away may have been taken away itself.
  for (const mark of found) {
    const clears = writes.get(mark)?.write.clears
    if (clears !== undefined) found.add(clears)
  }
  return found
}

/** Whether something may have ended the life, as far as is known. */
export function mayHaveEnded(timeline: Timeline, scope: string, life: string): boolean {
  return (
    mayHaveExpired(timeline, scope) ||
    ['end' as const, 'rotate' as const].some(type => mayHaveDone(timeline, type, scope, life))
  )
}

/** Whether the life may have been ended by that operation, as far as is known. */
export function mayHaveDone({ operations }: Timeline, type: 'end' | 'rotate', scope: string, life: string): boolean {
  return operations.some(({ began, failed }) => {
    if (began.scope !== scope || began.action.type !== type) return false
    const isElsewhere = began.life !== undefined && began.life !== life
    return !isElsewhere && failed?.outcome !== 'none'
  })
}

/** Whether the scope may have ended because nobody used it. */
export function mayHaveExpired({ operations }: Timeline, scope: string): boolean {
  return operations.some(({ began }) => began.scope === scope && began.action.type === 'open' && began.action.expires)
}

function isBegan(event: HistoryEvent): event is Began {
  return event.type === 'began'
}

function operationOf(began: Began, result: Succeeded | Failed | undefined): Operation {
  return {
    began,
    succeeded: result?.type === 'succeeded' ? result : undefined,
    failed: result?.type === 'failed' ? result : undefined,
  }
}

function writeOf(operation: Operation): readonly Write[] {
  const { began, succeeded, failed } = operation
  if (began.action.type !== 'write') return []
  const { write } = began.action
  const isStored = succeeded?.commitId !== undefined
  const result = isStored ? 'stored' : succeeded ? 'shown' : (failed?.outcome ?? 'unknown')
  const life = isStored ? (succeeded.life ?? '') : ''
  return [{ ...operation, mark: write.mark, write, scope: began.scope, result, life, version: succeeded?.version ?? 0 }]
}

function stateOf(event: HistoryEvent, operations: ReadonlyMap<string, Operation>): readonly StateSeen[] {
  switch (event.type) {
    case 'read':
      return seenBy(event, event.scope, event.sighting)
    case 'succeeded': {
      const scope = operations.get(event.operation)?.began.scope
      return event.sighting && scope !== undefined ? seenBy(event, scope, event.sighting) : []
    }
    case 'told': {
      const { type, life, version, isExact, ledger } = event.change
      if (life === undefined || ledger === undefined) return []
      return [{ event, scope: event.scope, life, version: type === 'ended' ? version - 1 : version, isExact, ledger }]
    }
    case 'handled': {
      const { scope, life, version, ledger } = event
      return [{ event, scope, life, version: version - 1, isExact: true, ledger }]
    }
    case 'final': {
      const { scope, life, version, isEnded, ledger } = event
      return ledger ? [{ event, scope, life, version: isEnded ? version - 1 : version, isExact: true, ledger }] : []
    }
    default:
      return []
  }
}

function seenBy(event: HistoryEvent, scope: string, sighting: Sighting): readonly StateSeen[] {
  const { life, version, isOver, isExact, ledger } = sighting
  return life === undefined || isOver ? [] : [{ event, scope, life, version, isExact, ledger }]
}

function handleOf(event: Read | Succeeded, operations: ReadonlyMap<string, Operation>): string {
  return event.type === 'read' ? event.handle : (operations.get(event.operation)?.began.handle ?? event.operation)
}

function grouped<E extends HistoryEvent>(
  events: readonly HistoryEvent[],
  pick: (event: HistoryEvent) => readonly [name: string, event: E] | undefined,
): ReadonlyMap<string, readonly E[]> {
  const groups = new Map<string, E[]>()
  for (const event of events) {
    const picked = pick(event)
    if (!picked) continue
    const group = groups.get(picked[0])
    if (group) group.push(picked[1])
    else groups.set(picked[0], [picked[1]])
  }
  return groups
}
