import { isBefore, type Read, type Succeeded } from '../history.ts'
import { mayHaveEnded, sightingOf, writesIn, type Timeline, type Write } from '../timeline.ts'
import type { Violation } from '../violation.ts'

/** Handles never go back, show their own writes, and those that ask the store see what was acknowledged before. */
export function checkReads(timeline: Timeline): readonly Violation[] {
  const violations: Violation[] = []
  // Histories are long, and a reading is about few of the writes.
  const byHandle = groupedBy(timeline, ({ began }) => began.handle)
  const byScope = groupedBy(timeline, ({ scope }) => scope)
  for (const [handle, reads] of timeline.reads) {
    violations.push(...checkMonotonic(handle, reads))
    const own = byHandle.get(handle) ?? []
    for (const read of reads) violations.push(...checkOwn(timeline, own, handle, read))
  }
  for (const { began, succeeded } of timeline.operations) {
    if (began.action.type !== 'open' || !began.action.isFresh || !succeeded?.sighting) continue
    for (const write of byScope.get(began.scope) ?? []) {
      if (write.result !== 'stored' || !write.succeeded) continue
      if (!isBefore(write.succeeded, began) || contains(succeeded, write)) continue
      const { life, isOver } = sightingOf(succeeded)
      if ((isOver || life !== write.life) && mayHaveEnded(timeline, write.scope, write.life)) continue
      violations.push({
        kind: 'stale-read',
        subject: began.handle,
        message: `${began.handle} was opened after ${write.mark} was acknowledged, and does not show it.`,
        events: [write.began, write.succeeded, began, succeeded],
      })
    }
  }
  return violations
}

function groupedBy({ writes }: Timeline, nameOf: (write: Write) => string): ReadonlyMap<string, readonly Write[]> {
  const groups = new Map<string, Write[]>()
  for (const write of writes.values()) {
    const group = groups.get(nameOf(write))
    if (group) group.push(write)
    else groups.set(nameOf(write), [write])
  }
  return groups
}

function checkMonotonic(handle: string, reads: readonly (Read | Succeeded)[]): readonly Violation[] {
  return reads.flatMap((read, index): readonly Violation[] => {
    const before = reads[index - 1]
    if (before === undefined) return []
    const [was, is] = [sightingOf(before), sightingOf(read)]
    const events = [before, read]
    if (was.isOver && !is.isOver) {
      return [{ kind: 'revival', subject: handle, message: `What ${handle} had shown as over lives.`, events }]
    }
    if (is.isOver || was.life === undefined) return []
    if (is.life !== was.life) {
      return [{ kind: 'revival', subject: handle, message: `${handle} went from one life to another.`, events }]
    }
    if (is.version >= was.version) return []
    const message = `${handle} showed version ${was.version}, and then ${is.version}.`
    return [{ kind: 'non-monotonic-read', subject: handle, message, events }]
  })
}

function checkOwn(
  timeline: Timeline,
  own: readonly Write[],
  handle: string,
  read: Read | Succeeded,
): readonly Violation[] {
  return own.flatMap(write => {
    const { succeeded, result, scope, began } = write
    if (!succeeded || !isBefore(succeeded, read) || sightingOf(read).isOver) return []
    if (result === 'shown') {
      const closed = timeline.closed.get(began.process)
      // What was shown and could not be stored is not shown for ever.
      if (closed === undefined || closed.lost.includes(scope)) return []
      if (writesIn(sightingOf(read).ledger, timeline.writes).has(write.mark)) return []
    } else if (contains(read, write)) return []
    const message = `${handle} does not show ${write.mark}, which was written through it before.`
    return [{ kind: 'unread-own-write', subject: handle, message, events: [began, succeeded, read] }]
  })
}

/** By versions: whether the state holds what its version says is for another check. */
function contains(read: Read | Succeeded, write: Write): boolean {
  const { life, version } = sightingOf(read)
  return life === write.life && version >= write.version
}
