/**
 * Documents written by another hand than the encoder: the tables of SPEC.md, a DataView, a bitwise CRC-32 and the few
 * MessagePack forms that the tests need.
 */
export interface HandFrame {
  readonly magic?: number
  readonly formatVersion?: number
  readonly kind: number
  readonly flags?: number
  readonly length?: number
  readonly life: string
  readonly version: bigint
  readonly commitId: string
  readonly deadline?: number
  readonly checksum?: number
  readonly payload: readonly number[]
}

/** The bytes of a frame; what is not given is as it should be. */
export function writeByHand(frame: HandFrame): Uint8Array {
  const bytes = new Uint8Array(48 + frame.payload.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, frame.magic ?? 0xc1)
  view.setUint8(1, frame.formatVersion ?? 1)
  view.setUint8(2, frame.kind)
  view.setUint8(3, frame.flags ?? 0)
  view.setUint32(4, frame.length ?? frame.payload.length)
  view.setBigUint64(8, BigInt(`0x${frame.life}`))
  view.setBigUint64(16, frame.version)
  view.setBigUint64(24, BigInt(`0x${frame.commitId.slice(0, 16)}`))
  view.setBigUint64(32, BigInt(`0x${frame.commitId.slice(16)}`))
  view.setUint32(40, frame.deadline ?? 0)
  bytes.set(frame.payload, 48)
  view.setUint32(44, frame.checksum ?? crc([...bytes.subarray(0, 44), ...frame.payload]))
  return bytes
}

/** Frames one behind the other. */
export function joined(...frames: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(frames.flatMap(frame => [...frame]))
}

/** CRC-32 by its definition, bit by bit: reflected, polynomial EDB88320, inverted before and after. */
function crc(bytes: readonly number[]): number {
  let remainder = 0xffffffff
  for (const byte of bytes) {
    remainder ^= byte
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? 0xedb88320 ^ (remainder >>> 1) : remainder >>> 1
  }
  return (remainder ^ 0xffffffff) >>> 0
}

/** MessagePack: null. */
export const nil: readonly number[] = [0xc0]

/** MessagePack: a text of up to 31 ASCII characters. */
export function text(value: string): readonly number[] {
  return [0xa0 + value.length, ...Array.from(value, character => character.charCodeAt(0))]
}

/** MessagePack: a whole number of milliseconds, as a double. */
export function double(value: number): readonly number[] {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return [0xcb, ...new Uint8Array(view.buffer)]
}

/** MessagePack: up to 255 bytes, from hexadecimal digits. */
export function binary(digits: string): readonly number[] {
  const bytes = [...digits.matchAll(/../g)].map(([byte]) => Number.parseInt(byte, 16))
  return [0xc4, bytes.length, ...bytes]
}

/** MessagePack: a list of up to 15 packed values. */
export function list(...items: readonly (readonly number[])[]): readonly number[] {
  return [0x90 + items.length, ...items.flat()]
}

/** The record extension: an object whose keys are given here, under an id of 0x40 on. */
export function object(id: number, fields: Readonly<Record<string, readonly number[]>>): readonly number[] {
  return [0xd4, 0x72, id, ...list(...Object.keys(fields).map(text)), ...Object.values(fields).flat()]
}
