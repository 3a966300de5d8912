import type { FailoverEntry } from '../bucket/vbucket.ts'

/** From where a client wants to go on. */
export interface StreamPosition {
  readonly startSeqno: bigint
  readonly uuid: bigint
  /** The snapshot that the client is in. */
  readonly snapshotStart: bigint
  readonly snapshotEnd: bigint
}

/** The log that it wants to go on in. */
export interface LogExtent {
  /** Newest first. */
  readonly failovers: readonly FailoverEntry[]
  readonly highSeqno: bigint
  readonly purgeSeqno: bigint
}

/**
 * The seqno to which the client must go back before it can go on; undefined: it can go on where it is. After
 * `FailoverTable::needsRollback` of kv_engine.
 */
export function rollbackSeqno(
  { startSeqno, uuid, snapshotStart, snapshotEnd }: StreamPosition,
  { failovers, highSeqno, purgeSeqno }: LogExtent,
  { isStrict, ignoresPurged }: { readonly isStrict: boolean; readonly ignoresPurged: boolean },
): bigint | undefined {
  const age = failovers.findIndex(entry => entry.uuid === uuid)
  if (startSeqno === 0n) return isStrict && uuid !== 0n && age < 0 ? 0n : undefined
  if (startSeqno < purgeSeqno && !ignoresPurged) return 0n
  if (age < 0) return 0n
  // Between two snapshots there is none to go back to the start of.
  const isBetween = startSeqno === snapshotStart || startSeqno === snapshotEnd
  const [from, through] = isBetween ? [startSeqno, startSeqno] : [snapshotStart, snapshotEnd]
  const common = failovers[age - 1]?.seqno ?? highSeqno
  if (through <= common) return undefined
  return common < from ? common : from
}
