import { MalformedMessageError } from './malformed-message-error.ts'

/**
 * The sequence number (u64) at a place. A number, because a vbucket does not get to 2^53 writes; more is refused.
 * @throws MalformedMessageError above 2^53 - 1
 */
export function seqnoAt(bytes: Buffer, at: number): number {
  const high = bytes.readUInt32BE(at)
  if (high >= 2 ** 21) throw new MalformedMessageError('A sequence number is beyond 2^53.', { opcode: bytes[1] })
  return high * 2 ** 32 + bytes.readUInt32BE(at + 4)
}

/** Afterwards the sequence number stands there as u64. */
export function writeSeqno(bytes: Buffer, seqno: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(seqno / 2 ** 32), at)
  bytes.writeUInt32BE(seqno % 2 ** 32, at + 4)
}
