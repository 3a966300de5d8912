import { type Began, isBefore, type Final, type HistoryEvent, type Told, type Watching } from '../history.ts'
import { isSameLedger } from '../ledger.ts'
import type { Timeline } from '../timeline.ts'
import type { Violation, ViolationKind } from '../violation.ts'
import { clocksOf, lifetimesOf, renewedShare, toleranceMs } from './lifetimes.ts'

/** Every observer was told a part of what happened, in order, once by effect, with every gap named, and the final state. */
export function checkObservers(timeline: Timeline, events: readonly HistoryEvent[]): readonly Violation[] {
  return timeline.watching.flatMap(watching => {
    const told = timeline.told.get(watching.observer) ?? []
    const scopes = new Set(told.map(({ scope }) => scope))
    const checked = [...scopes].flatMap(scope => {
      const ofScope = told.filter(one => one.scope === scope)
      return watching.what === 'values' ? checkValues(watching, ofScope) : checkChanges(watching, ofScope)
    })
    return [...checked, ...checkEnd(timeline, events, watching, told)]
  })
}

function checkValues(watching: Watching, told: readonly Told[]): readonly Violation[] {
  return told.flatMap((event, index) => {
    const before = told[index - 1]
    if (before === undefined) return []
    const [was, is] = [before.change, event.change]
    if (was.life !== undefined && is.life !== was.life) {
      return [report('observer-order', watching, 'was shown another life', [before, event])]
    }
    return is.version < was.version
      ? [report('observer-order', watching, 'was shown an older value', [before, event])]
      : []
  })
}

function checkChanges(watching: Watching, told: readonly Told[]): readonly Violation[] {
  const over = new Map<string, Told>()
  return told.flatMap((event, index) => {
    const before = told[index - 1]
    const { type, life = '', version, commitId, reason, ledger } = event.change
    const ended = over.get(life)
    if (type === 'ended') over.set(life, ended ?? event)
    if (ended) return [report('observer-order', watching, 'was told of a life after its end', [ended, event])]
    if (before === undefined || before.change.life !== life) {
      // A life begins at its beginning, or says what was left out.
      const isNew = before !== undefined && type !== 'created' && type !== 'reset' && type !== 'ended'
      return isNew ? [report('observer-gap', watching, 'was told of a new life from its middle', [before, event])] : []
    }
    const was = before.change
    const pair = [before, event]
    if (reason === 'rolled-back' && type === 'reset') {
      return [report('observer-order', watching, 'was told of a rollback that never happened', pair)]
    }
    switch (type) {
      case 'created':
        return [report('observer-order', watching, 'was told of a creation in the middle of a life', pair)]
      case 'updated':
        if (version <= was.version)
          return [report('observer-order', watching, 'was told of an older commit, or twice', pair)]
        return version === was.version + 1 ? [] : [report('observer-gap', watching, 'missed commits in silence', pair)]
      case 'touched':
        if (version === was.version && commitId === was.commitId) return []
        return [report('observer-gap', watching, 'missed commits in silence', pair)]
      case 'reset':
        return version < was.version ? [report('observer-order', watching, 'was set back', pair)] : []
      case 'ended':
        // The version of the end, or of the last commit where the end was only inferred.
        if (version < was.version) return [report('observer-order', watching, 'was told of an older end', pair)]
        // Where the final state is not kept any more, nobody can be told what was missed.
        return version > was.version + 1 && ledger !== undefined
          ? [report('observer-gap', watching, 'missed the last commits in silence', pair)]
          : []
      case 'value':
        return []
      default:
        return type satisfies never
    }
  })
}

/** Whoever watches to the end has been told the final state of each scope. */
function checkEnd(
  timeline: Timeline,
  events: readonly HistoryEvent[],
  watching: Watching,
  told: readonly Told[],
): readonly Violation[] {
  if (!isToTheEnd(events, watching)) return []
  return [...timeline.finals.values()].flatMap(final => {
    if (watching.scope !== undefined && watching.scope !== final.scope) return []
    const newest = told.findLast(({ scope }) => scope === final.scope)
    if (newest) {
      return isFinal(watching, newest, final)
        ? []
        : [report('observer-final', watching, 'was not told the final state', [newest, final])]
    }
    const missed =
      watching.what === 'scopes' ? missedByAll(timeline, events, watching, final) : missedByOne(watching, final)
    return missed ? [report('observer-final', watching, 'was told nothing', [...missed, final])] : []
  })
}

/** It was not stopped before the end; it may have been, and gone on where it was. */
function isToTheEnd(events: readonly HistoryEvent[], watching: Watching): boolean {
  const { observer, process } = watching
  let isWatching = false
  for (const event of events) {
    if (event.type === 'final') break
    if (event.type === 'watching' && event.observer === observer) isWatching = event === watching
    if (event.type === 'unwatched' && event.observer === observer) isWatching = false
    if (event.type === 'killed' && event.process === process) isWatching = false
  }
  return isWatching
}

function isFinal({ what }: Watching, { change }: Told, final: Final): boolean {
  const { type, life, version, ledger } = change
  // A handle belongs to one life: what became of another is not told to it.
  if (what !== 'scopes' && life !== undefined && life !== final.life) return true
  if (what === 'values') return final.isEnded || (ledger !== undefined && isSameLedger(ledger, final.ledger))
  // An end that was only inferred repeats the last version that was known.
  if (final.isEnded) return type === 'ended' && version >= final.version - 1
  return type !== 'ended' && life === final.life && version === final.version
}

/** What an observer of all scopes should have been told, once it was live. */
function missedByAll(
  timeline: Timeline,
  events: readonly HistoryEvent[],
  { observer, process }: Watching,
  final: Final,
): readonly HistoryEvent[] | undefined {
  const seemsOver = clocksThatEnd(timeline, events, process, final)
  const live = events.find(event => event.type === 'live' && event.observer === observer)
  if (live === undefined) return undefined
  for (const { scope, life, result, began, succeeded } of timeline.writes.values()) {
    if (scope !== final.scope || result !== 'stored' || life !== final.life || !succeeded) continue
    if (isBefore(live, began) && !seemsOver(began)) return [live, began, succeeded]
  }
  return undefined
}

/**
 * Whether the process may take the scope for over, whose last use is given, by a clock that is further ahead than is allowed: then it
 * tells nobody who has never heard of the scope.
 */
function clocksThatEnd(
  timeline: Timeline,
  events: readonly HistoryEvent[],
  process: string,
  { scope, atMs }: Final,
): (used: Began) => boolean {
  const clocks = clocksOf(events)
  const { most } = clocks.of(process)
  const idleMs = lifetimesOf(timeline).get(scope)
  if (most <= toleranceMs || idleMs === undefined || atMs === undefined) return () => false
  return used => {
    if (used.atMs === undefined) return false
    return atMs + most >= used.atMs + clocks.of(used.process).least + idleMs * renewedShare
  }
}

/** What an observer of a handle should have been told, given what the handle showed before. */
function missedByOne({ sighting }: Watching, final: Final): readonly HistoryEvent[] | undefined {
  if (sighting?.life !== final.life || sighting.isOver) return undefined
  return sighting.version === final.version ? undefined : []
}

function report(kind: ViolationKind, watching: Watching, what: string, events: readonly HistoryEvent[]): Violation {
  const { observer } = watching
  return { kind, subject: observer, message: `${observer} ${what}.`, events: [watching, ...events] }
}
