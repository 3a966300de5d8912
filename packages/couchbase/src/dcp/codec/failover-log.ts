import { type Frame, valueOf } from './frame.ts'
import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'
import { seqnoAt } from './seqno.ts'
import { malformed } from './shape.ts'
import { type VbucketUuid, uuidAt } from './vbucket-uuid.ts'

/** Where a branch of a vbucket's history begins. */
interface FailoverEntry {
  readonly uuid: VbucketUuid
  readonly seqno: number
}

/** Every branch that the server knows of a vbucket, the newest first. Never empty. */
export type FailoverLog = readonly [FailoverEntry, ...FailoverEntry[]]

/** DCP_GET_FAILOVER_LOG: the vbucket in the header. Answer: value = entries of uuid u64, seqno u64, the newest first. */
export function encodeGetFailoverLog(opaque: number, vbucket: number): Buffer {
  return encodeRequest({ opcode: opcodes.dcpGetFailoverLog, opaque, vbucket })
}

/** The log in an answer with status 0, to this or to a stream request. */
export function decodeFailoverLog(frame: Frame): FailoverLog {
  const value = valueOf(frame)
  if (value.length % entryBytes !== 0) throw malformed(frame, `A failover log has ${value.length} bytes.`)
  const [newest, ...older] = Array.from({ length: value.length / entryBytes }, (_, index) => ({
    uuid: uuidAt(value, index * entryBytes),
    seqno: seqnoAt(value, index * entryBytes + 8),
  }))
  if (newest === undefined) throw malformed(frame, 'A failover log is empty.')
  return [newest, ...older]
}

const entryBytes = 16
