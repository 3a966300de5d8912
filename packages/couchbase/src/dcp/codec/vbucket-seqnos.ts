import { type Frame, valueOf } from './frame.ts'
import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'
import { seqnoAt } from './seqno.ts'
import { malformed } from './shape.ts'

/**
 * GET_ALL_VB_SEQNOS: extras u32 1 (active vbuckets) and, where given, u32 collection id: the seqno of the last change of
 * that collection only. Answer: value = entries of vbucket u16, seqno u64.
 */
export function encodeGetVbucketSeqnos(opaque: number, collection?: number): Buffer {
  const extras = Buffer.alloc(collection === undefined ? 4 : 8)
  extras.writeUInt32BE(activeVbuckets, 0)
  if (collection !== undefined) extras.writeUInt32BE(collection, 4)
  return encodeRequest({ opcode: opcodes.getAllVbucketSeqnos, opaque, extras })
}

/** The highest seqno of each vbucket that is active on the node; for an answer with status 0. */
export function decodeVbucketSeqnos(frame: Frame): ReadonlyMap<number, number> {
  const value = valueOf(frame)
  if (value.length % entryBytes !== 0) throw malformed(frame, `A list of seqnos has ${value.length} bytes.`)
  const seqnos = new Map<number, number>()
  for (let at = 0; at < value.length; at += entryBytes) seqnos.set(value.readUInt16BE(at), seqnoAt(value, at + 2))
  return seqnos
}

const activeVbuckets = 1
const entryBytes = 10
