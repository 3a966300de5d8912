import { type Handled, type HistoryEvent, isBefore } from '../history.ts'
import { mayHaveDone, mayHaveExpired, type Operation, type Timeline } from '../timeline.ts'
import type { Violation } from '../violation.ts'

/**
 * Handlers are told of each end, at least once and truly: that it is one, why, and under a name of its own. A process that has
 * told it does not tell it again, and where nothing went wrong nobody does. Their final state is judged as every other state.
 */
export function checkHandlers(timeline: Timeline, events: readonly HistoryEvent[]): readonly Violation[] {
  return [
    ...checkAgain(timeline, events),
    ...checkNames(timeline),
    ...timeline.handled.flatMap(handled => checkTrue(timeline, handled)),
    ...checkUntold(timeline, events),
  ]
}

function checkAgain({ handled }: Timeline, events: readonly HistoryEvent[]): readonly Violation[] {
  const undisturbed = events.find(({ type }) => type === 'undisturbed')
  const succeeded = handled.filter(({ outcome }) => outcome === 'succeeded')
  return succeeded.flatMap((again, index) => {
    const first = succeeded.slice(0, index).find(({ life }) => life === again.life)
    if (first === undefined || (first.process !== again.process && undisturbed === undefined)) return []
    const message = `The end of ${nameOf(again)} was told again after its handlers had succeeded.`
    const proof =
      first.process === again.process ? [first, again] : [first, again, ...(undisturbed ? [undisturbed] : [])]
    return [{ kind: 'end-told-again' as const, subject: nameOf(again), message, events: proof }]
  })
}

/** One delivery id for one end. */
function checkNames({ handled }: Timeline): readonly Violation[] {
  return handled.flatMap((one, index) => {
    const other = handled
      .slice(0, index)
      .find(({ life, deliveryId }) => (life === one.life) !== (deliveryId === one.deliveryId))
    if (other === undefined) return []
    const message = `The ends of ${nameOf(other)} and ${nameOf(one)} have the delivery ids ${other.deliveryId} and ${one.deliveryId}.`
    return [{ kind: 'end-untrue' as const, subject: nameOf(one), message, events: [other, one] }]
  })
}

function checkTrue(timeline: Timeline, handled: Handled): readonly Violation[] {
  const { scope, life, reason, detail } = handled
  const report = (what: string, proof: readonly HistoryEvent[] = []): readonly Violation[] => [
    {
      kind: 'end-untrue',
      subject: nameOf(handled),
      message: `${nameOf(handled)} ${what}.`,
      events: [handled, ...proof],
    },
  ]
  if (!hasCause(timeline, handled)) return report(`was told as ${reason}, and nothing of the kind happened`)
  if ((detail === undefined) === (reason === 'ended')) return report(`was told as ${reason} with the word ${detail}`)
  const final = timeline.finals.get(scope)
  if (final?.life === life && !final.isEnded) return report('was told as over, and is stored as living', [final])
  for (const write of timeline.writes.values()) {
    if (write.result !== 'stored' || write.life !== life || write.scope !== scope || !write.succeeded) continue
    if (isBefore(handled, write.began))
      return report('was told as over, and was written to', [write.began, write.succeeded])
  }
  return []
}

function hasCause(timeline: Timeline, { scope, life, reason }: Handled): boolean {
  switch (reason) {
    case 'expired':
      return mayHaveExpired(timeline, scope) || isUnknown(timeline, scope)
    case 'ended':
      return mayHaveDone(timeline, 'end', scope, life)
    case 'rotated':
      return mayHaveDone(timeline, 'rotate', scope, life)
    default:
      return false
  }
}

/** Nobody has opened it: it came of a rotation whose answer nobody has heard. */
function isUnknown({ operations }: Timeline, scope: string): boolean {
  if (operations.some(({ began }) => began.scope === scope)) return false
  return operations.some(({ began, succeeded }) => began.action.type === 'rotate' && succeeded === undefined)
}

function checkUntold(timeline: Timeline, events: readonly HistoryEvent[]): readonly Violation[] {
  const due = events.find(event => event.type === 'ends-due')
  if (due === undefined) return []
  const handled = new Set(timeline.handled.flatMap(({ life, outcome }) => (outcome === 'succeeded' ? [life] : [])))
  const untold = (scope: string, life: string | undefined, proof: readonly HistoryEvent[]): readonly Violation[] => {
    const last = proof.at(-1)
    if (life === undefined || handled.has(life) || (last && !isBefore(last, due))) return []
    const subject = `${scope} (${life})`
    return [
      {
        kind: 'end-untold',
        subject,
        message: `${subject} has ended, and no handler was told.`,
        events: [...proof, due],
      },
    ]
  }
  return [
    ...timeline.operations.flatMap(operation => {
      const { began, succeeded } = operation
      return succeeded ? untold(began.scope, lifeEndedBy(operation), [began, succeeded]) : []
    }),
    ...[...timeline.told.values()].flat().flatMap(told => {
      const { type, life, ledger } = told.change
      // Without a state it was only inferred, perhaps from another life.
      return type === 'ended' && ledger ? untold(told.scope, life, [told]) : []
    }),
    ...due.waiting.map(key => {
      const message = `What is stored as ${key} still waits for its handlers.`
      return { kind: 'end-untold' as const, subject: key, message, events: [due] }
    }),
  ]
}

function lifeEndedBy({ began, succeeded }: Operation): string | undefined {
  if (!succeeded || (began.action.type !== 'end' && began.action.type !== 'rotate')) return undefined
  return succeeded.life ?? began.life
}

function nameOf({ scope, life }: Handled): string {
  return `${scope} (${life})`
}
