import { type Deletion, decodeDeletion } from './deletion.ts'
import { type Expiration, decodeExpiration } from './expiration.ts'
import type { Frame } from './frame.ts'
import { magics } from './magic.ts'
import { type Mutation, decodeMutation } from './mutation.ts'
import { opcodes } from './opcode.ts'
import { type SeqnoAdvanced, decodeSeqnoAdvanced } from './seqno-advanced.ts'
import { malformed } from './shape.ts'
import { type SnapshotMarker, decodeSnapshotMarker } from './snapshot-marker.ts'
import { type StreamEnd, decodeStreamEnd } from './stream-end.ts'
import { type SystemEvent, decodeSystemEvent } from './system-event.ts'

/** What comes on a stream. The vbucket and the opaque of the stream request are in the header of its frame. */
export type StreamMessage = SnapshotMarker | Mutation | Deletion | Expiration | SystemEvent | SeqnoAdvanced | StreamEnd

/** Whether the frame is a message of a stream; else it is an answer, a noop or a push. */
export function isStreamMessage({ magic, opcode }: Frame): boolean {
  return (
    magic === magics.request && opcode >= opcodes.dcpStreamEnd && opcode !== opcodes.dcpNoop && opcode <= lastOpcode
  )
}

/**
 * The message of a stream in a frame.
 * @throws MalformedMessageError when it breaks its grammar, or is one that was not asked for: out-of-order snapshots
 * (DCP_OSO_SNAPSHOT: seqnos would say nothing of what has been seen), prepares and commits of durable writes
 */
export function decodeStreamMessage(frame: Frame): StreamMessage {
  switch (frame.opcode) {
    case opcodes.dcpMutation:
      return decodeMutation(frame)
    case opcodes.dcpSnapshotMarker:
      return decodeSnapshotMarker(frame)
    case opcodes.dcpDeletion:
      return decodeDeletion(frame)
    case opcodes.dcpExpiration:
      return decodeExpiration(frame)
    case opcodes.dcpSystemEvent:
      return decodeSystemEvent(frame)
    case opcodes.dcpSeqnoAdvanced:
      return decodeSeqnoAdvanced(frame)
    case opcodes.dcpStreamEnd:
      return decodeStreamEnd(frame)
    case opcodes.dcpOsoSnapshot:
      throw malformed(frame, 'The server sends a snapshot out of order, which was not asked for.')
    default:
      throw malformed(frame, `A stream message with the opcode 0x${frame.opcode.toString(16)} was not asked for.`)
  }
}

/** Of the messages that a server may send on a stream. */
const lastOpcode = 0x67
