import { crc32 } from 'node:zlib'
import type { CommitId, Life } from './scope-document.ts'

/** Bytes of the header of a frame; its payload follows. */
export const headerBytes = 48

/** What a frame is. */
export const frameKinds = {
  /** A whole state; the first frame of a living scope. */
  snapshot: 1,
  /** One change, applied to the version before. */
  commit: 2,
  /** The end of a scope; the only frame of its document. */
  end: 3,
  /** A lock or an index: no scope. */
  record: 4,
} as const

/** The kind byte of a frame. */
type FrameKind = (typeof frameKinds)[keyof typeof frameKinds]

/** What the header of a frame says of its payload. */
export interface FrameHead {
  readonly kind: FrameKind
  readonly life: Life
  readonly version: number
  readonly commitId: CommitId
  /** Unix time in seconds, below 2^32; 0: none. */
  readonly deadline: number
}

const magic = 0xc1
const formatVersion = 1
/** The first byte of each field. SPEC.md has the table. */
const offsets = { kind: 2, flags: 3, length: 4, life: 8, version: 16, commitId: 24, deadline: 40, checksum: 44 }

/** A whole frame, in memory of its own. */
export function encodeFrame(head: FrameHead, payload: Uint8Array): Buffer {
  const frame = allocateFrames(headerBytes + payload.length)
  writeFrame(frame, 0, head, payload)
  return frame
}

/**
 * Memory for frames. Not from Node's pool: a frame is kept for as long as its scope is, and one small frame would keep
 * 8 KiB of the pool with it.
 */
export function allocateFrames(length: number): Buffer {
  return Buffer.allocUnsafeSlow(length)
}

/** Afterwards the frame stands in `target` from `start` on. Returns where it ends. */
export function writeFrame(target: Buffer, start: number, head: FrameHead, payload: Uint8Array): number {
  target[start] = magic
  target[start + 1] = formatVersion
  target[start + offsets.kind] = head.kind
  target[start + offsets.flags] = 0
  target.writeUInt32BE(payload.length, start + offsets.length)
  target.write(head.life, start + offsets.life, 'hex')
  target.writeUInt32BE(Math.floor(head.version / 2 ** 32), start + offsets.version)
  target.writeUInt32BE(head.version % 2 ** 32, start + offsets.version + 4)
  target.write(head.commitId, start + offsets.commitId, 'hex')
  target.set(payload, start + headerBytes)
  const end = start + headerBytes + payload.length
  redateFrame(target, start, end, head.deadline)
  return end
}

/** Afterwards the frame that stands there has this deadline, and the checksum that goes with it. */
export function redateFrame(target: Buffer, start: number, end: number, deadline: number): void {
  target.writeUInt32BE(deadline, start + offsets.deadline)
  target.writeUInt32BE(checksumOf(target, start, end), start + offsets.checksum)
}

/** What is wrong with the fixed part of a header; undefined: nothing. At least `headerBytes` must follow `start`. */
export function faultOfHeader(bytes: Uint8Array, start: number): string | undefined {
  if (bytes[start] !== magic) return 'no frame begins here'
  if (bytes[start + 1] !== formatVersion) return `format version ${bytes[start + 1]} is not known`
  const kind = bytes[start + offsets.kind] ?? 0
  if (kind < frameKinds.snapshot || kind > frameKinds.record) return `frame kind ${kind} is not known`
  const flags = bytes[start + offsets.flags]
  return flags === 0 ? undefined : `flags ${flags} are not known`
}

/** Whether the document is a record (a lock, an index) and no scope. */
export function isRecord(bytes: Uint8Array): boolean {
  return (
    bytes.length >= headerBytes && faultOfHeader(bytes, 0) === undefined && bytes[offsets.kind] === frameKinds.record
  )
}

/** Whether the document is the end marker of a scope. */
export function isEndMarker(bytes: Uint8Array): boolean {
  return bytes.length >= headerBytes && faultOfHeader(bytes, 0) === undefined && bytes[offsets.kind] === frameKinds.end
}

/** Whether the checksum of the frame from `start` to `end` holds. */
export function isIntact(bytes: Buffer, start: number, end: number): boolean {
  return checksumAt(bytes, start) === checksumOf(bytes, start, end)
}

/** Whether `frame` and the one from `start` to `end` are one commit: all but deadline and checksum is equal. */
export function isSameCommit(bytes: Buffer, start: number, end: number, frame: Uint8Array): boolean {
  return (
    frame.length === end - start &&
    bytes.compare(frame, 0, offsets.deadline, start, start + offsets.deadline) === 0 &&
    bytes.compare(frame, headerBytes, frame.length, start + headerBytes, end) === 0
  )
}

/** The kind byte of the frame. */
export function kindAt(bytes: Buffer, start: number): number | undefined {
  return bytes[start + offsets.kind]
}

/** Where the frame ends by its own word; maybe beyond the bytes. */
export function endAt(bytes: Buffer, start: number): number {
  return start + headerBytes + bytes.readUInt32BE(start + offsets.length)
}

/** The life that the frame belongs to. */
export function lifeAt(bytes: Buffer, start: number): Life {
  return bytes.toString('hex', start + offsets.life, start + offsets.version) as Life
}

/** Whether the frames at both places are of one life. */
export function isSameLife(bytes: Buffer, start: number, other: number): boolean {
  return (
    bytes.readUInt32BE(start + offsets.life) === bytes.readUInt32BE(other + offsets.life) &&
    bytes.readUInt32BE(start + offsets.life + 4) === bytes.readUInt32BE(other + offsets.life + 4)
  )
}

/** The version of the frame: no safe integer when the highest bits are in use. */
export function versionAt(bytes: Buffer, start: number): number {
  return bytes.readUInt32BE(start + offsets.version) * 2 ** 32 + bytes.readUInt32BE(start + offsets.version + 4)
}

/** The id of the commit that the frame holds, or that made the state it holds. */
export function commitIdAt(bytes: Buffer, start: number): CommitId {
  return bytes.toString('hex', start + offsets.commitId, start + offsets.deadline) as CommitId
}

/** The deadline in the frame, unix seconds; 0: none. */
export function deadlineAt(bytes: Buffer, start: number): number {
  return bytes.readUInt32BE(start + offsets.deadline)
}

/** The checksum that the frame carries. */
export function checksumAt(bytes: Buffer, start: number): number {
  return bytes.readUInt32BE(start + offsets.checksum)
}

function checksumOf(bytes: Buffer, start: number, end: number): number {
  return crc32(bytes.subarray(start + headerBytes, end), crc32(bytes.subarray(start, start + offsets.checksum)))
}
