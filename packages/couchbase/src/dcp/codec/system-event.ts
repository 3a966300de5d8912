import type { Frame } from './frame.ts'
import { seqnoAt } from './seqno.ts'
import { extrasStartOf } from './shape.ts'

/** A scope or collection was made, changed or dropped. A dropped collection sends no deletions. */
export interface SystemEvent {
  readonly type: 'system-event'
  readonly seqno: number
  /** What happened: a row of `systemEvents`, or a number of a newer server. */
  readonly event: number
  /** Of the scope or collection; empty where it was dropped. */
  readonly name: string
  /** The collection that it is about; undefined where it is about a scope, or of an unknown kind. */
  readonly collection: number | undefined
}

/** Kinds of system events. */
const systemEvents = {
  collectionCreated: 0,
  collectionDropped: 1,
  scopeCreated: 3,
  scopeDropped: 4,
  collectionModified: 5,
} as const

/**
 * DCP_SYSTEM_EVENT: extras of 13 bytes, seqno u64, event u32, version u8; key = name; value = manifest uid u64, scope id
 * u32, then for collections collection id u32, and in version 1 of a creation the time to live u32.
 */
export function decodeSystemEvent(frame: Frame): SystemEvent {
  const { bytes, keyStart, valueStart } = frame
  const at = extrasStartOf(frame, 'DCP_SYSTEM_EVENT', [13])
  const event = bytes.readUInt32BE(at + 8)
  const namesCollection = ofCollections.has(event) && bytes.length >= valueStart + 16
  return {
    type: 'system-event',
    seqno: seqnoAt(bytes, at),
    event,
    name: bytes.toString('utf8', keyStart, valueStart),
    collection: namesCollection ? bytes.readUInt32BE(valueStart + 12) : undefined,
  }
}

/** Whether one of these collections was dropped, with all its documents; no deletions say so. */
export function isDropOf({ event, collection }: SystemEvent, collections: ReadonlySet<number>): boolean {
  return event === systemEvents.collectionDropped && collection !== undefined && collections.has(collection)
}

/** The collection that was made; undefined when it says something else. */
export function madeCollection({ event, collection }: SystemEvent): number | undefined {
  return event === systemEvents.collectionCreated ? collection : undefined
}

const ofCollections: ReadonlySet<number> = new Set([
  systemEvents.collectionCreated,
  systemEvents.collectionDropped,
  systemEvents.collectionModified,
])
