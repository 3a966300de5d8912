import { isOverdue } from '@scopes/core'
import type { DescribedDocument } from './described-document.ts'

/** Why a document may go. */
export type PurgeReason =
  /** An end whose handlers have been told, or that had none. */
  | 'delivered'
  /** A scope whose deadline passed so long ago that the store should have dropped it. */
  | 'expired'
  /** The same, of a kind with handlers, or an end that was kept for them as long as its kind says: they have not been told. */
  | 'undelivered'
  | 'unreadable'

/** How long after a deadline a store may have a document by right: ten minutes (DESIGN §9), in seconds. */
const graceSeconds = 600

/**
 * Why the document may be removed at that time (milliseconds since 1970); undefined: it has to stay. What the store would have
 * dropped by itself, and never before: a late write could still arrive that an end marker keeps out, and handlers may still wait.
 */
export function purgeReason(described: DescribedDocument, now: number): PurgeReason | undefined {
  switch (described.type) {
    case 'overdue': {
      const { deadline, facts } = described.document
      const keptSeconds = Math.ceil((facts.keepEndsMs ?? 0) / 1000)
      if (!isOverdue(deadline + Math.max(graceSeconds, keptSeconds), now)) return undefined
      return keptSeconds > 0 ? 'undelivered' : 'expired'
    }
    case 'ended':
    case 'journal': {
      // The time in the header of a marker is the one until which it is kept.
      const { deadline, delivery } = described.document
      if (!isOverdue(deadline, now)) return undefined
      return delivery.type === 'delivered' ? 'delivered' : 'undelivered'
    }
    case 'unreadable':
      return 'unreadable'
    case 'living':
    case 'lock':
    case 'index':
    case 'foreign':
      return undefined
    default:
      return described satisfies never
  }
}
