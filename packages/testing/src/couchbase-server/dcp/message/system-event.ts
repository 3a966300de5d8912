import type { LoggedEvent } from '../../bucket/manifest-log.ts'
import { OPCODE } from '../../wire/opcode.ts'
import { dcpMessage, EXTRAS_AT, type StreamHead } from './dcp-message.ts'

const EVENTS = { 'collection-created': 0, 'collection-dropped': 1, 'scope-created': 3, 'scope-dropped': 4 } as const

/**
 * SYSTEM_EVENT: extras = seqno u64, event u32, version u8; key = name, empty for what was dropped; value = uid of the
 * manifest u64, scope u32, for a collection its id u32, and in version 1 its longest life in seconds u32.
 */
export function systemEvent(head: StreamHead, { change, seqno, manifestUid }: LoggedEvent): Buffer {
  const maxTtl = change.type === 'collection-created' ? change.maxTtl : undefined
  const value = Buffer.alloc(12 + ('collection' in change ? 4 : 0) + (maxTtl === undefined ? 0 : 4))
  value.writeBigUInt64BE(manifestUid)
  value.writeUInt32BE(change.scope, 8)
  if ('collection' in change) value.writeUInt32BE(change.collection, 12)
  if (maxTtl !== undefined) value.writeUInt32BE(maxTtl, 16)
  const isMade = change.type === 'collection-created' || change.type === 'scope-created'
  const key = isMade ? Buffer.from(change.name).toString('latin1') : ''
  const frame = dcpMessage({ ...head, opcode: OPCODE.dcpSystemEvent, extrasLength: 13, key, value })
  frame.writeBigUInt64BE(seqno, EXTRAS_AT)
  frame.writeUInt32BE(EVENTS[change.type], EXTRAS_AT + 8)
  frame[EXTRAS_AT + 12] = maxTtl === undefined ? 0 : 1
  return frame
}
