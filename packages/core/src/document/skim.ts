import { isReservedKey } from '../value/key.ts'

/** Where a value stands among packed bytes. */
export interface PackedSpan {
  readonly start: number
  readonly end: number
}

/**
 * Where the property `name` of a packed object stands, when it is certain without making anything of it that the whole can be
 * unpacked, that the property can be unpacked by itself and adopted, and that the others can be unpacked without it. Undefined:
 * that is not certain, and only unpacking says. Certain are objects and arrays with texts, numbers, Dates and bytes in them, which
 * most states are.
 */
export function spanOfProperty(packed: Buffer, name: string): PackedSpan | undefined {
  return new Skim(packed).property(name)
}

/** What is deeper is left to the unpacker, which counts exactly. */
const maxDepth = 100
const shortestReserved = 8
const longestReserved = 11
/** _, c and p. */
const firstLetters: readonly number[] = [0x5f, 0x63, 0x70]

/** A walk over packed values. What gives false or undefined has met what it does not know, or no end: then the walk is over. */
class Skim {
  readonly #bytes: Buffer
  #at = 0
  /** Where the property begins that is being passed: what it refers to has to stand behind that. */
  #start = 0
  /** Where a Map may be: its keys are not looked at, which whoever adopts it does. */
  #mayHoldMaps = false
  /** By record id: how many values it has, and where it was defined. */
  readonly #counts: number[] = []
  readonly #definedAt: number[] = []

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  property(name: string): PackedSpan | undefined {
    if (this.#bytes[0] !== 0xd4 || this.#bytes[1] !== 0x72) return undefined
    this.#at = 3
    const count = this.#listLength()
    const wanted = this.#passKeys(count, name)
    if (wanted === undefined) return undefined
    let span: PackedSpan | undefined
    for (let index = 0; index < count; index++) {
      const start = (this.#start = this.#at)
      this.#mayHoldMaps = index !== wanted
      if (!this.#pass(0)) return undefined
      if (index === wanted) span = { start, end: this.#at }
    }
    return this.#at === this.#bytes.length ? span : undefined
  }

  #pass(depth: number): boolean {
    const token = this.#bytes[this.#at++] ?? noToken
    if (token < 0x40 || token >= 0xe0) return true
    if (token < 0x80) return this.#passRecord(token - 0x40, depth)
    if (token < 0x90) return this.#mayHoldMaps && this.#passAll(2 * (token - 0x80), depth)
    if (token < 0xa0) return this.#passAll(token - 0x90, depth)
    if (token < 0xc0) return this.#skip(token - 0xa0)
    switch (token) {
      // nil, false, true
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return true
      // Bytes and texts: their length, then they.
      case 0xc4:
      case 0xd9:
        return this.#skip(this.#number(1))
      case 0xc5:
      case 0xda:
        return this.#skip(this.#number(2))
      case 0xc6:
      case 0xdb:
        return this.#skip(this.#number(4))
      // Numbers of 1, 2, 4 and 8 bytes.
      case 0xcc:
      case 0xd0:
        return this.#skip(1)
      case 0xcd:
      case 0xd1:
        return this.#skip(2)
      case 0xca:
      case 0xce:
      case 0xd2:
        return this.#skip(4)
      case 0xcb:
      case 0xcf:
      case 0xd3:
        return this.#skip(8)
      // The first object of a shape.
      case 0xd4:
        return this.#number(1) === 0x72 && this.#passDefinition(depth)
      // Dates, the two forms of them that are always valid.
      case 0xd6:
        return this.#number(1) === 0xff && this.#skip(4)
      case 0xd7:
        return this.#number(1) === 0xff && this.#skip(8)
      // Bytes of a state, in the form that names their type.
      case 0xc7:
        return this.#passBytes(this.#number(1))
      case 0xc8:
        return this.#passBytes(this.#number(2))
      case 0xc9:
        return this.#passBytes(this.#number(4))
      case 0xdc:
        return this.#passAll(this.#number(2), depth)
      case 0xdd:
        return this.#passAll(this.#number(4), depth)
      default:
        return false
    }
  }

  #passDefinition(depth: number): boolean {
    const definedAt = this.#at
    const id = this.#number(1) & 0x3f
    const count = this.#listLength()
    if (this.#passKeys(count, undefined) === undefined) return false
    this.#counts[id] = count
    this.#definedAt[id] = definedAt
    return this.#passAll(count, depth)
  }

  #passRecord(id: number, depth: number): boolean {
    const count = this.#counts[id]
    // Without a definition the token would be a number.
    return count !== undefined && (this.#definedAt[id] ?? 0) >= this.#start && this.#passAll(count, depth)
  }

  /** An extension of that length, if it is a Uint8Array: `t`, then 1. */
  #passBytes(length: number): boolean {
    return length >= 1 && this.#number(1) === 0x74 && this.#number(1) === 1 && this.#skip(length - 1)
  }

  #passAll(count: number, depth: number): boolean {
    if (depth >= maxDepth) return false
    for (let index = 0; index < count; index++) if (!this.#pass(depth + 1)) return false
    return true
  }

  /** Passes the keys of an object. Returns the index of `name` among them, -1 when it is none. */
  #passKeys(count: number, name: string | undefined): number | undefined {
    let found = -1
    for (let index = 0; index < count; index++) {
      const token = this.#number(1)
      const length = token === 0xd9 ? this.#number(1) : token >= 0xa0 && token < 0xc0 ? token - 0xa0 : Infinity
      const start = this.#at
      if (!this.#skip(length)) return undefined
      if (length === name?.length && this.#bytes.toString('latin1', start, this.#at) === name) found = index
      if (this.#mayBeReserved(start, length) && isReservedKey(this.#bytes.toString('latin1', start, this.#at))) {
        return undefined
      }
    }
    return found
  }

  /** By length and first letter: making a text of each key would cost more than all the rest. */
  #mayBeReserved(start: number, length: number): boolean {
    if (length < shortestReserved || length > longestReserved) return false
    return firstLetters.includes(this.#bytes[start] ?? 0)
  }

  /** Of a list that begins here; Infinity, which nothing fulfils, when none does. */
  #listLength(): number {
    const token = this.#number(1)
    if (token >= 0x90 && token < 0xa0) return token - 0x90
    return token === 0xdc ? this.#number(2) : Infinity
  }

  /** The number in the next bytes; Infinity, which nothing fulfils, where there are not so many. */
  #number(bytes: 1 | 2 | 4): number {
    const start = this.#at
    if (!this.#skip(bytes)) return Infinity
    return bytes === 1 ? (this.#bytes[start] ?? Infinity) : this.#bytes.readUIntBE(start, bytes)
  }

  #skip(bytes: number): boolean {
    this.#at += bytes
    return this.#at <= this.#bytes.length
  }
}

/** Begins no packed value. */
const noToken = 0xc1
