import type { Prepared, StoredDocument } from '../bucket/document.ts'
import { isEvent, type LogEntry } from '../bucket/history.ts'
import type { StreamHead } from './message/dcp-message.ts'
import { mutation } from './message/mutation.ts'
import { deletion, deletionWithTime, expiration } from './message/removal.ts'
import { commit, prepare } from './message/sync-write.ts'
import { systemEvent } from './message/system-event.ts'
import { OPEN_FLAG } from './open-flag.ts'
import { shownDocument, type MessageFormat } from './shown-document.ts'

/** What a stream sends one message of: an entry of the log, or one of the two steps of a durable write. */
export type StreamItem = LogEntry | SyncWriteStep

/** Steps come singly only to a consumer that wants them, and only from memory. */
interface SyncWriteStep {
  readonly step: 'prepare' | 'commit'
  readonly document: StoredDocument & { readonly prepared: Prepared }
}

/** The message about that item. */
export function itemMessage(head: StreamHead, item: StreamItem, format: MessageFormat): Buffer {
  if ('step' in item) {
    const shown = shownDocument(item.document, format)
    return item.step === 'prepare' ? prepare(head, item.document, shown) : commit(head, item.document, shown.key)
  }
  if (isEvent(item)) return systemEvent(head, item)
  const shown = shownDocument(item, format)
  if (!item.deletion) return mutation(head, item, shown)
  if ((format.flags & OPEN_FLAG.deleteTimes) === 0) return deletion(head, item, shown)
  // Without the times of deletions the opcode of expirations is accepted, and of no effect.
  const isExpiration = item.deletion.type === 'expired' && format.controls.expiryOpcode
  return isExpiration ? expiration(head, item, shown) : deletionWithTime(head, item, shown)
}

/** The items of entries from memory. */
export function itemsOf(entries: readonly LogEntry[], { controls }: MessageFormat): readonly StreamItem[] {
  return controls.syncWrites ? entries.flatMap(steps) : entries
}

/** The seqno of that item. */
export function seqnoOf(item: StreamItem): bigint {
  if (!('step' in item)) return item.seqno
  return item.step === 'prepare' ? item.document.prepared.seqno : item.document.seqno
}

function steps(entry: LogEntry): readonly StreamItem[] {
  if (isEvent(entry) || !isPrepared(entry)) return [entry]
  return [
    { step: 'prepare', document: entry },
    { step: 'commit', document: entry },
  ]
}

function isPrepared(document: StoredDocument): document is StoredDocument & { readonly prepared: Prepared } {
  return document.prepared !== undefined
}
