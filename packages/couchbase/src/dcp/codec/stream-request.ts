import { type FailoverLog, decodeFailoverLog } from './failover-log.ts'
import type { Frame } from './frame.ts'
import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'
import { seqnoAt, writeSeqno } from './seqno.ts'
import { refuseKey, valueStartOf } from './shape.ts'
import { statuses } from './status.ts'
import type { VbucketUuid } from './vbucket-uuid.ts'

/** What a stream is asked to be. */
export interface StreamRequest {
  /** All messages of the stream come with it. */
  readonly opaque: number
  readonly vbucket: number
  readonly flags: number
  readonly uuid: VbucketUuid
  readonly seqno: number
  readonly snapStart: number
  readonly snapEnd: number
  /** What is wanted; absent: the whole bucket, which needs access to all of it. */
  readonly filter?: StreamFilter | undefined
}

/** What of a bucket is wanted, by ids. Of a scope also the collections that it does not have yet. */
export type StreamFilter = { readonly collections: readonly number[] } | { readonly scope: number }

/** Flags of a stream request. */
export const streamFlags = {
  /** Only where the vbucket is active; a replica answers by status 0x07. */
  activeOnly: 0x10,
} as const

/** What the server says to a stream request. */
export type StreamAnswer =
  | { readonly type: 'accepted'; readonly failoverLog: FailoverLog }
  /** Ask again from `seqno` on; what came later is not part of the history. */
  | { readonly type: 'rollback'; readonly seqno: number }
  | { readonly type: 'refused'; readonly status: number }

/**
 * DCP_STREAM_REQ, extras of 48 bytes:
 *
 * | 0         | 4     | 8         | 16                     | 24       | 32          | 40        |
 * | --------- | ----- | --------- | ---------------------- | -------- | ----------- | --------- |
 * | flags u32 | 0 u32 | start u64 | end u64: all ones here | uuid u64 | snap. start | snap. end |
 *
 * Value: the filter, JSON `{"collections": [ids in hexadecimal]}` or `{"scope": id in hexadecimal}`, or nothing.
 * Answer: 0x00 and the failover log; 0x23 and a seqno u64; any other status.
 */
export function encodeStreamRequest(request: StreamRequest): Buffer {
  const { opaque, vbucket, filter } = request
  const extras = Buffer.alloc(48)
  extras.writeUInt32BE(request.flags, 0)
  writeSeqno(extras, request.seqno, 8)
  extras.fill(0xff, 16, 24)
  extras.write(request.uuid, 24, 'hex')
  writeSeqno(extras, request.snapStart, 32)
  writeSeqno(extras, request.snapEnd, 40)
  const value = Buffer.from(filter ? JSON.stringify(filterText(filter)) : '')
  return encodeRequest({ opcode: opcodes.dcpStreamRequest, opaque, vbucket, extras, value })
}

function filterText(filter: StreamFilter): object {
  if ('scope' in filter) return { scope: filter.scope.toString(16) }
  return { collections: filter.collections.map(id => id.toString(16)) }
}

/** What the server says, whatever the status. */
export function decodeStreamAnswer(frame: Frame): StreamAnswer {
  refuseKey(frame, 'An answer to DCP_STREAM_REQ')
  switch (frame.vbucketOrStatus) {
    case statuses.success:
      return { type: 'accepted', failoverLog: decodeFailoverLog(frame) }
    case statuses.rollback:
      return { type: 'rollback', seqno: seqnoAt(frame.bytes, valueStartOf(frame, 'A rollback', [8])) }
    default:
      return { type: 'refused', status: frame.vbucketOrStatus }
  }
}
