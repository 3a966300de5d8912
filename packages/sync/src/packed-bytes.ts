/** Bytes of one slab. */
const slabBytes = 1 << 20

/** A piece of bytes longer than this gets a slab of its own. */
const mostShared = slabBytes / 8

/** Before each piece stands its number and its length. */
const headBytes = 8

/** A stretch of memory that many pieces share. */
interface Slab {
  readonly memory: Buffer
  /** Where the next piece goes. */
  end: number
  /** Bytes of the pieces that are still held. */
  live: number
}

/**
 * Pieces of bytes by a small whole number, side by side in few large stretches of memory: an array of its own would cost each
 * of them two hundred bytes more. What is reserved stays below twice what is held and two slabs.
 */
export class PackedBytes {
  readonly #slabs: (Slab | undefined)[] = []
  #current = -1
  #slabOf: Int32Array<ArrayBuffer> = new Int32Array(0)
  #offsetOf: Uint32Array<ArrayBuffer> = new Uint32Array(0)

  /** Bytes of memory that are in use or kept ready. */
  get reservedBytes(): number {
    return this.#slabs.reduce((sum, slab) => sum + (slab?.memory.length ?? 0), 0)
  }

  /** A view of the piece, good until the next call of `set`, `delete` or `clear`; undefined when there is none. */
  view(number: number): Buffer | undefined {
    const place = this.#slabOf[number] ?? -1
    const slab = this.#slabs[place]
    const offset = this.#offsetOf[number]
    if (slab === undefined || offset === undefined) return undefined
    return slab.memory.subarray(offset, offset + slab.memory.readUInt32LE(offset - 4))
  }

  /** Afterwards the piece is a copy of these bytes. */
  set(number: number, bytes: Uint8Array): void {
    this.delete(number)
    this.#makeRoom(number)
    this.#write(number, bytes)
  }

  /** Afterwards there is no such piece. */
  delete(number: number): void {
    const place = this.#slabOf[number] ?? -1
    const slab = this.#slabs[place]
    const length = this.view(number)?.length
    if (slab === undefined || length === undefined) return
    this.#slabOf[number] = -1
    slab.live -= headBytes + length
    this.#tidy(place)
  }

  /** Afterwards there is none, and no memory is reserved. */
  clear(): void {
    this.#slabs.length = 0
    this.#current = -1
    this.#slabOf = new Int32Array(0)
    this.#offsetOf = new Uint32Array(0)
  }

  #makeRoom(number: number): void {
    if (number < this.#slabOf.length) return
    const length = Math.max(1024, 2 ** Math.ceil(Math.log2(number + 1)))
    const slabOf = new Int32Array(length).fill(-1)
    slabOf.set(this.#slabOf)
    const offsetOf = new Uint32Array(length)
    offsetOf.set(this.#offsetOf)
    this.#slabOf = slabOf
    this.#offsetOf = offsetOf
  }

  #write(number: number, bytes: Uint8Array): void {
    const place = this.#placeFor(headBytes + bytes.length)
    const slab = this.#slabs[place]
    if (slab === undefined) return
    slab.memory.writeUInt32LE(number, slab.end)
    slab.memory.writeUInt32LE(bytes.length, slab.end + 4)
    slab.memory.set(bytes, slab.end + headBytes)
    this.#slabOf[number] = place
    this.#offsetOf[number] = slab.end + headBytes
    slab.end += headBytes + bytes.length
    slab.live += headBytes + bytes.length
  }

  /** The place of a slab with so much room. */
  #placeFor(size: number): number {
    if (size > mostShared) return this.#addSlab(size)
    const slab = this.#slabs[this.#current]
    if (slab !== undefined && slab.memory.length - slab.end >= size) return this.#current
    const full = this.#current
    this.#current = this.#addSlab(slabBytes)
    this.#tidy(full)
    // Tidying may have filled it.
    return this.#placeFor(size)
  }

  #addSlab(length: number): number {
    const free = this.#slabs.indexOf(undefined)
    const place = free < 0 ? this.#slabs.length : free
    this.#slabs[place] = { memory: Buffer.allocUnsafeSlow(length), end: 0, live: 0 }
    return place
  }

  /** A slab of which less than half is held is given up; what is left of it moves. */
  #tidy(place: number): void {
    const slab = this.#slabs[place]
    if (slab === undefined || place === this.#current || slab.live * 2 >= slab.memory.length) return
    for (let start = 0; start < slab.end && slab.live > 0;) {
      const number = slab.memory.readUInt32LE(start)
      const end = start + headBytes + slab.memory.readUInt32LE(start + 4)
      if (this.#slabOf[number] === place && this.#offsetOf[number] === start + headBytes) {
        slab.live -= end - start
        this.#write(number, slab.memory.subarray(start + headBytes, end))
      }
      start = end
    }
    this.#slabs[place] = undefined
  }
}
