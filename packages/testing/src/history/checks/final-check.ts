import type { Final } from '../history.ts'
import { mayHaveEnded, sightingOf, writesIn, type Timeline, type Write } from '../timeline.ts'
import type { Violation } from '../violation.ts'

/** What was acknowledged is in the final state, and whoever follows shows that state. */
export function checkFinals(timeline: Timeline): readonly Violation[] {
  if (timeline.finals.size === 0) return []
  return [
    ...[...timeline.writes.values()].flatMap(write => checkWrite(timeline, write)),
    ...[...timeline.reads.values()].flat().flatMap(read => {
      if (read.type !== 'read' || !read.isSettled) return []
      const final = timeline.finals.get(read.scope)
      const { life, version, isOver } = sightingOf(read)
      // A store drops end markers and what nobody used, and may be late to say so.
      if (final === undefined && life !== undefined && mayHaveEnded(timeline, read.scope, life)) return []
      const lives = final && !final.isEnded ? final : undefined
      if (
        isOver ? lives?.life !== life || life === undefined : lives?.life === life && (lives?.version ?? 0) === version
      ) {
        return []
      }
      return [
        {
          kind: 'divergence' as const,
          subject: read.handle,
          message: `${read.handle} shows version ${isOver ? 'of an end' : version}; stored is ${nameOf(final)}.`,
          events: final ? [read, final] : [read],
        },
      ]
    }),
  ]
}

function checkWrite(timeline: Timeline, write: Write): readonly Violation[] {
  const { scope, result, mark, began, succeeded } = write
  if (!succeeded || (result !== 'stored' && result !== 'shown')) return []
  const final = timeline.finals.get(scope)
  const events = [began, succeeded, ...(final ? [final] : [])]
  const report = (what: string): readonly Violation[] => [
    { kind: 'lost-update', subject: mark, message: `${mark} was acknowledged; ${what}.`, events },
  ]
  if (result === 'shown') {
    const closed = timeline.closed.get(began.process)
    if (closed === undefined || closed.lost.includes(scope)) return []
    const isReplaced = timeline.operations.some(
      ({ began: other }) => other.scope === scope && (other.action.type === 'end' || other.action.type === 'rotate'),
    )
    if (isReplaced || mayHaveEnded(timeline, scope, '')) return []
    const isThere = final?.ledger && writesIn(final.ledger, timeline.writes).has(mark)
    return isThere ? [] : report('it was shown, its process closed without complaint, and it is not stored')
  }
  if (final?.life !== write.life) {
    return mayHaveEnded(timeline, scope, write.life)
      ? []
      : report(`stored is ${nameOf(final)}, and nothing ended its life`)
  }
  const last = final.isEnded ? final.version - 1 : final.version
  return last >= write.version ? [] : report(`it is version ${write.version}, and stored is ${nameOf(final)}`)
}

function nameOf(final: Final | undefined): string {
  if (final === undefined) return 'nothing'
  return `version ${final.version}${final.isEnded ? ', the end,' : ''} of ${final.life}`
}
