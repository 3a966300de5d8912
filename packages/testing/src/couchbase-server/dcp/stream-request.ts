import { refuse, type Refusal } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'
import type { StreamPosition } from './rollback.ts'

/** What a client asks of a stream. */
export interface StreamRequest extends StreamPosition {
  readonly flags: number
  readonly endSeqno: bigint
}

/** Bits of the flags of STREAM_REQ. */
export const STREAM_FLAG = {
  /** Only what is on disk now. */
  diskOnly: 0x02,
  /** Only what is there now. */
  toLatest: 0x04,
  /** Only from an active vbucket. */
  activeOnly: 0x10,
  /** A uuid that is not known is one also from seqno 0. */
  strictUuid: 0x20,
  /** Deletions that are gone do not matter. */
  ignorePurged: 0x80,
} as const

const KNOWN = Object.values(STREAM_FLAG).reduce((all, flag) => all | flag, 0)

/** The vbucket is to be handed over: only between nodes. */
const TAKEOVER = 0x01

/**
 * Extras of STREAM_REQ: flags u32, unused u32, start seqno u64, end seqno u64, vbucket uuid u64, start u64 and end u64 of
 * the snapshot that the client is in.
 */
export function readStreamRequest(extras: Buffer): StreamRequest | Refusal {
  const flags = extras.readUInt32BE()
  if ((flags & TAKEOVER) !== 0) return refuse(STATUS.notSupported, 'Takeover is not served')
  if ((flags & ~KNOWN) !== 0) return refuse(STATUS.invalid, 'Request contains invalid flags')
  return {
    flags,
    startSeqno: extras.readBigUInt64BE(8),
    endSeqno: extras.readBigUInt64BE(16),
    uuid: extras.readBigUInt64BE(24),
    snapshotStart: extras.readBigUInt64BE(32),
    snapshotEnd: extras.readBigUInt64BE(40),
  }
}
