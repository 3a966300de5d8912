import { isBefore } from '../history.ts'
import { mayHaveEnded, type Operation, type Timeline } from '../timeline.ts'
import type { Violation } from '../violation.ts'

/** A life ends once, and nothing is written to it afterwards. */
export function checkEnds(timeline: Timeline): readonly Violation[] {
  return [...checkEndings(timeline), ...checkMarkers(timeline), ...checkEndedErrors(timeline)]
}

function checkEndings(timeline: Timeline): readonly Violation[] {
  const violations: Violation[] = []
  const endings = timeline.operations.filter(isEnding)
  for (const ending of endings) {
    const { began, succeeded } = ending
    const life = lifeOf(ending)
    if (!succeeded || life === undefined) continue
    const done = [began, succeeded]
    const subject = `${began.scope} (${life})`
    const final = timeline.finals.get(began.scope)
    if (final?.life === life && !final.isEnded) {
      const message = `${subject} was ended, and is stored as living.`
      violations.push({ kind: 'revival', subject, message, events: [...done, final] })
    }
    const other = endings.find(one => one !== ending && lifeOf(one) === life && one.succeeded)
    if (other?.succeeded && isBefore(succeeded, other.succeeded)) {
      const events = [...done, other.began, other.succeeded]
      violations.push({ kind: 'duplicated-commit', subject, message: `${subject} was ended twice.`, events })
    }
    for (const write of timeline.writes.values()) {
      if (write.life !== life || !write.succeeded || !isBefore(succeeded, write.began)) continue
      const message = `${write.mark} was written to ${subject} after that had ended.`
      violations.push({
        kind: 'revival',
        subject: write.mark,
        message,
        events: [...done, write.began, write.succeeded],
      })
    }
    for (const state of timeline.states) {
      if (state.event.type !== 'read' || state.life !== life) continue
      // What other processes remember is theirs; this one knows of the end.
      if (state.event.process !== succeeded.process || !isBefore(succeeded, state.event)) continue
      const message = `${subject} was ended, and is shown as living in the same process.`
      violations.push({ kind: 'revival', subject, message, events: [...done, state.event] })
    }
  }
  return violations
}

/** No commit has the version of the end, or a later one. */
function checkMarkers({ told, finals, handled, writes }: Timeline): readonly Violation[] {
  const markers = [
    ...[...told.values()].flat().flatMap(event => {
      const { type, life, version, ledger } = event.change
      return type === 'ended' && ledger !== undefined ? [{ event, life, version }] : []
    }),
    ...handled.map(event => ({ event, life: event.life, version: event.version })),
    ...[...finals.values()].flatMap(event => (event.isEnded ? [{ ...event, event }] : [])),
  ]
  return markers.flatMap(({ event, life, version }) =>
    [...writes.values()].flatMap(write => {
      if (write.result !== 'stored' || write.life !== life || write.version < version || !write.succeeded) return []
      const message = `${write.mark} is version ${write.version} of a life that ended with version ${version}.`
      return [{ kind: 'revival' as const, subject: write.mark, message, events: [write.began, write.succeeded, event] }]
    }),
  )
}

/** Nobody is told that a scope has ended which nothing can have ended. */
function checkEndedErrors(timeline: Timeline): readonly Violation[] {
  return timeline.operations.flatMap(operation => {
    const { began, failed } = operation
    if (failed?.code !== 'ended' || began.life === undefined) return []
    if (mayHaveEnded(timeline, began.scope, began.life)) return []
    const message = `${began.handle} was told that ${began.scope} has ended, and nothing ended it.`
    return [{ kind: 'false-outcome' as const, subject: began.operation, message, events: [began, failed] }]
  })
}

function isEnding({ began }: Operation): boolean {
  return began.action.type === 'end' || began.action.type === 'rotate'
}

/** The life that was ended; undefined where nothing was stored that could be ended. */
function lifeOf({ began, succeeded }: Operation): string | undefined {
  return succeeded?.life ?? began.life
}
