import type { LockHeld } from '../history.ts'
import type { Timeline, Write } from '../timeline.ts'
import type { Violation } from '../violation.ts'

interface LockedWrite {
  readonly write: Write
  readonly under: LockHeld
}

/**
 * What is written to a scope under a lock is written by one exclusive holder after the other: whoever has a lower token than an
 * exclusive holder who has written, or the same and is another, writes no more. Versions are the order, no clock is.
 */
export function checkLocks({ writes }: Timeline): readonly Violation[] {
  const groups = new Map<string, LockedWrite[]>()
  for (const write of writes.values()) {
    const { action } = write.began
    if (write.result !== 'stored' || action.type !== 'write' || action.under === undefined) continue
    const name = `${action.under.lock} ${write.scope} ${write.life}`
    groups.set(name, [...(groups.get(name) ?? []), { write, under: action.under }])
  }
  return [...groups.values()].flatMap(group =>
    overtaken(group.toSorted((one, other) => one.write.version - other.write.version)),
  )
}

function overtaken(inOrder: readonly LockedWrite[]): readonly Violation[] {
  const violations: Violation[] = []
  /** The exclusive holder with the greatest token that has written. */
  let latest: LockedWrite | undefined
  for (const locked of inOrder) {
    const { write, under } = locked
    if (latest && isShutOut(under, latest.under)) {
      const { lock, grant } = under
      const message = `${write.mark} was written under ${lock} by ${grant} after ${latest.write.mark} of ${latest.under.grant}, who held it later.`
      const events = [latest.write, write].flatMap(({ began, succeeded }) => (succeeded ? [began, succeeded] : [began]))
      violations.push({ kind: 'lock-overtaken', subject: write.mark, message, events })
    }
    if (under.type === 'exclusive' && (!latest || BigInt(under.token) >= BigInt(latest.under.token))) latest = locked
  }
  return violations
}

function isShutOut(under: LockHeld, latest: LockHeld): boolean {
  if (under.grant === latest.grant) return false
  return BigInt(under.token) < BigInt(latest.token) || under.token === latest.token
}
