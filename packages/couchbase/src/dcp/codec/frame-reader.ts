import { type Frame, frameLengthAt, frameOf, headerBytes } from './frame.ts'

/** The largest body that is taken: a document of 20 MiB, its extended attributes, and room for headers. */
const defaultMaxBodyBytes = 22 * 1024 * 1024

/**
 * Makes frames of what a socket delivers, split anywhere. Of a frame that is not complete it keeps one copy, which grows
 * with what has come and never beyond what its header says: so no more than one frame and one chunk are held.
 */
export class FrameReader {
  readonly #maxBodyBytes: number
  /** The begin of a frame whose rest has not come; longer than `#filled`, so that a rest finds room. */
  #partial: Buffer = Buffer.allocUnsafeSlow(headerBytes)
  #filled = 0
  /** The whole length of the partial frame; undefined while its header is not complete. */
  #length: number | undefined

  constructor(options: { readonly maxBodyBytes?: number } = {}) {
    this.#maxBodyBytes = options.maxBodyBytes ?? defaultMaxBodyBytes
  }

  /** How many bytes wait for the rest of their frame. */
  get pendingBytes(): number {
    return this.#filled
  }

  /**
   * The frames that `chunk` completes, in order. They may be views into it.
   * @throws MalformedMessageError when it is no protocol; the reader is of no use then, and those frames are not given
   */
  read(chunk: Buffer): readonly Frame[] {
    const frames: Frame[] = []
    let at = this.#filled === 0 ? 0 : this.#continue(chunk, frames)
    while (chunk.length - at >= headerBytes) {
      const length = frameLengthAt(chunk, at, this.#maxBodyBytes)
      if (chunk.length - at < length) break
      frames.push(frameOf(chunk.subarray(at, at + length)))
      at += length
    }
    if (at < chunk.length) this.#keep(chunk, at)
    return frames
  }

  /** Adds to the partial frame what `chunk` has of it. Returns how much that was. */
  #continue(chunk: Buffer, frames: Frame[]): number {
    let at = 0
    if (this.#length === undefined) {
      at = this.#fill(chunk, 0, headerBytes)
      if (this.#filled < headerBytes) return at
      this.#length = frameLengthAt(this.#partial, 0, this.#maxBodyBytes)
    }
    at += this.#fill(chunk, at, this.#length)
    if (this.#filled === this.#length) {
      frames.push(frameOf(this.#partial.subarray(0, this.#length)))
      this.#forget()
    }
    return at
  }

  #keep(chunk: Buffer, at: number): void {
    this.#fill(chunk, at, chunk.length - at)
    this.#length = this.#filled < headerBytes ? undefined : frameLengthAt(this.#partial, 0, this.#maxBodyBytes)
  }

  /** Copies from `chunk` until `wanted` bytes are there, or it has no more. Returns how many it copied. */
  #fill(chunk: Buffer, at: number, wanted: number): number {
    const count = Math.min(wanted - this.#filled, chunk.length - at)
    this.#makeRoom(this.#filled + count)
    chunk.copy(this.#partial, this.#filled, at, at + count)
    this.#filled += count
    return count
  }

  /** Grows by doubling, so that a lying header costs nothing, and byte for byte is not quadratic. */
  #makeRoom(bytes: number): void {
    if (bytes <= this.#partial.length) return
    const limit = this.#length ?? headerBytes + this.#maxBodyBytes
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, Math.min(2 * this.#partial.length, limit)))
    this.#partial.copy(larger, 0, 0, this.#filled)
    this.#partial = larger
  }

  /** The frame that was made keeps the memory. */
  #forget(): void {
    this.#partial = Buffer.allocUnsafeSlow(headerBytes)
    this.#filled = 0
    this.#length = undefined
  }
}
