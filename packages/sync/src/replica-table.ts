import type { StoreToken } from '@scopes/core'
import { PackedBytes } from './packed-bytes.ts'
import { type Rank, Recency, ranks } from './recency.ts'
import type { ReplicaState } from './replica-state.ts'

/** The types of states that take a place in a table. */
const entryTypes = ['held', 'behind', 'doubtful', 'gone'] as const
type EntryType = (typeof entryTypes)[number]

/** What a table has of a replica, without its value. */
export interface ReplicaEntry {
  readonly number: number
  readonly type: EntryType
  readonly token: StoreToken
}

/**
 * Replicas by document key, at most `max` of them: numbers in a few arrays and bytes side by side, because a million objects would
 * take more memory than what they are about.
 */
export class ReplicaTable {
  readonly #max: number
  readonly #numbers = new Map<string, number>()
  readonly #keys: (string | undefined)[] = ['']
  #types: Uint8Array<ArrayBuffer> = new Uint8Array(1024)
  #partitions: Uint16Array<ArrayBuffer> = new Uint16Array(1024)
  #tokens: BigUint64Array<ArrayBuffer> = new BigUint64Array(1024)
  /** Those that messages have named: of most stores it is one, and of that nothing has to be looked for. */
  readonly #partitionsSeen = new Set<number>()
  readonly #free: number[] = []
  readonly #recency = new Recency()
  readonly #bytes = new PackedBytes()
  readonly #onEvict: (key: string) => void

  /** @param onEvict told which replica had to make room for another */
  constructor(max: number, onEvict: (key: string) => void) {
    this.#max = max
    this.#onEvict = onEvict
  }

  /** How many replicas there are. */
  get size(): number {
    return this.#numbers.size
  }

  /** Bytes that packed values take, and what is kept ready for more. */
  get reservedBytes(): number {
    return this.#bytes.reservedBytes
  }

  keys(): Iterable<string> {
    return this.#numbers.keys()
  }

  get(key: string): ReplicaEntry | undefined {
    const number = this.#numbers.get(key)
    if (number === undefined) return undefined
    const token = (this.#tokens[number] ?? 0n) as StoreToken
    return { number, token, type: entryTypes[this.#types[number] ?? 0] ?? 'gone' }
  }

  /** Afterwards the replica is in this state. Its value stays. Returns its number; undefined: it is none. */
  set(key: string, state: ReplicaState, partition: number | undefined): number | undefined {
    if (state.type === 'none') {
      this.delete(key)
      return undefined
    }
    const known = this.#numbers.get(key)
    const number = known ?? this.#add(key)
    this.#types[number] = entryTypes.indexOf(state.type)
    this.#tokens[number] = state.token
    if (partition !== undefined || known === undefined) this.#partitions[number] = partition ?? unknownPartition
    if (partition !== undefined) this.#partitionsSeen.add(partition)
    if (known === undefined) this.#recency.add(number, rankOf(state))
    else this.#recency.move(number, Math.max(rankOf(state), isOver(state) ? 0 : this.#recency.rankOf(number)) as Rank)
    return number
  }

  /** The partition of the feed that the replica belongs to, where a message has named it. */
  partitionOf(number: number): number | undefined {
    const partition = this.#partitions[number] ?? unknownPartition
    return partition === unknownPartition ? undefined : partition
  }

  /** The replica is in use: unless its scope is over, it will be the last to go. */
  use(number: number): void {
    if (this.#recency.rankOf(number) !== ranks.over) this.#recency.move(number, ranks.used)
  }

  /** Afterwards there is no such replica. */
  delete(key: string): void {
    const number = this.#numbers.get(key)
    if (number === undefined) return
    this.#bytes.delete(number)
    this.#recency.remove(number)
    this.#numbers.delete(key)
    this.#keys[number] = undefined
    this.#free.push(number)
  }

  /** The value as it is stored: a view, good until the next change of the table. Undefined when it is not packed. */
  packed(number: number): Buffer | undefined {
    return this.#bytes.view(number)
  }

  /** Afterwards the value is a copy of these bytes. */
  pack(number: number, bytes: Uint8Array): void {
    this.#bytes.set(number, bytes)
  }

  /** Afterwards no value is packed. */
  unpack(number: number): void {
    this.#bytes.delete(number)
  }

  /** The keys of the replicas that belong to the partition, or may; undefined: all of them do. */
  keysOf(partition: number): readonly string[] | undefined {
    if (this.#partitionsSeen.size === 0 || (this.#partitionsSeen.size === 1 && this.#partitionsSeen.has(partition))) {
      return undefined
    }
    const keys: string[] = []
    for (const [key, number] of this.#numbers) {
      const own = this.#partitions[number]
      if (own === partition || own === unknownPartition) keys.push(key)
    }
    return keys
  }

  /** Afterwards there are none. */
  clear(): void {
    this.#numbers.clear()
    this.#partitionsSeen.clear()
    this.#keys.length = 1
    this.#free.length = 0
    this.#recency.clear()
    this.#bytes.clear()
  }

  #add(key: string): number {
    const oldest = this.#numbers.size >= this.#max ? this.#recency.oldest : undefined
    const evicted = oldest === undefined ? undefined : this.#keys[oldest]
    if (evicted !== undefined) {
      this.delete(evicted)
      this.#onEvict(evicted)
    }
    const number = this.#free.pop() ?? this.#keys.length
    this.#numbers.set(key, number)
    this.#keys[number] = key
    if (number >= this.#types.length) this.#grow()
    return number
  }

  #grow(): void {
    const length = this.#types.length * 2
    const types = new Uint8Array(length)
    types.set(this.#types)
    const partitions = new Uint16Array(length)
    partitions.set(this.#partitions)
    const tokens = new BigUint64Array(length)
    tokens.set(this.#tokens)
    this.#types = types
    this.#partitions = partitions
    this.#tokens = tokens
  }
}

function isOver(state: ReplicaState): boolean {
  return state.type === 'gone' || (state.type === 'held' && state.position.isEnded)
}

function rankOf(state: ReplicaState): Rank {
  return isOver(state) ? ranks.over : ranks.unused
}

/** Of a replica that no message has named. */
const unknownPartition = 0xffff
