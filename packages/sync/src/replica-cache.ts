import {
  InvalidArgumentError,
  type KeyMessage,
  type Replication,
  type ScopeCache,
  type ScopeCopy,
  type ScopeDocument,
  type StoreToken,
  UnreadableDocumentError,
  decodeDocument,
  diagnostics,
  outlineOf,
} from '@scopes/core'
import { DecodedCopies } from './decoded-copies.ts'
import { type ReplicaEvent, type ReplicaPosition, type ReplicaState, nextReplica } from './replica-state.ts'
import { type ReplicaEntry, ReplicaTable } from './replica-table.ts'

/** Replicas of an application's scopes in the memory of this process, to be given to `openScopes` as its `cache`. */
export interface Replicas extends ScopeCache {
  readonly replication: Replication
  /** How many scopes are known, with a value or without. */
  readonly size: number
  /** Bytes that values take which are not decoded, and what is kept ready for more. */
  readonly packedBytes: number
}

/** What a cache of replicas is made with. */
export interface ReplicaSettings extends Pick<Replication, 'kinds' | 'values' | 'whenBehind' | 'maxLagMs'> {
  readonly maxReplicas: number
  readonly maxDecoded: number
}

/** Drives the replica machine: it decides, the table and the decoded copies keep. */
export class ReplicaCache implements Replicas, Replication {
  readonly kinds: readonly string[] | undefined
  readonly values: 'fed' | 'on-demand'
  readonly whenBehind: 'store' | 'memory'
  readonly maxLagMs: number
  readonly replication: Replication = this
  readonly #table: ReplicaTable
  /** A replica that is held is either here or packed in the table. */
  readonly #decoded: DecodedCopies
  #isAttached = false

  constructor({ maxReplicas, maxDecoded, kinds, values, whenBehind, maxLagMs }: ReplicaSettings) {
    this.kinds = kinds
    this.values = values
    this.whenBehind = whenBehind
    this.maxLagMs = maxLagMs
    this.#table = new ReplicaTable(maxReplicas, key => this.#decoded.delete(key))
    this.#decoded = new DecodedCopies(maxDecoded, (key, copy) => this.#packAgain(key, copy))
  }

  get size(): number {
    return this.#table.size
  }

  get packedBytes(): number {
    return this.#table.reservedBytes
  }

  get(key: string): ScopeCopy | undefined {
    const entry = this.#table.get(key)
    if (entry?.type !== 'held') return undefined
    this.#table.use(entry.number)
    return this.#decoded.use(key) ?? this.#decode(key, entry)
  }

  set(key: string, copy: ScopeCopy): void {
    const { document, token, partition } = copy
    const number = this.#step(key, partition, { type: 'set', token, position: positionOf(document) })
    if (number === undefined) return
    this.#table.unpack(number)
    this.#table.use(number)
    this.#decoded.set(key, copy)
  }

  delete(key: string, token: StoreToken): void {
    this.#step(key, undefined, { type: 'deleted', token })
  }

  clear(): void {
    this.#forgetAll()
    this.#isAttached = false
  }

  attach(): void {
    if (this.#isAttached) {
      throw new InvalidArgumentError(
        'These replicas are in use: give each openScopes its own, or close the other first.',
      )
    }
    this.#isAttached = true
  }

  begin(): void {
    this.#forgetAll()
  }

  keys(): Iterable<string> {
    return this.#table.keys()
  }

  receive(message: KeyMessage): void {
    const { key, partition, token } = message
    if (message.type === 'removed') return void this.#step(key, partition, { type: 'removed', token })
    const { bytes } = message
    if (bytes === undefined) return void this.#step(key, partition, { type: 'announced', token })
    const outline = outlineOf(bytes)
    if (outline === undefined) return void this.#step(key, partition, { type: 'unreadable' })
    const number = this.#step(key, partition, { type: 'document', token, outline })
    if (number === undefined) return
    this.#decoded.delete(key)
    this.#table.pack(number, bytes)
  }

  distrust(partition: number): void {
    const keys = this.#table.keysOf(partition)
    if (keys === undefined) return this.#forgetAll()
    for (const key of keys) {
      this.#table.delete(key)
      this.#decoded.delete(key)
    }
  }

  /** Returns the number of the replica when it is to take the value that came. */
  #step(key: string, partition: number | undefined, event: ReplicaEvent): number | undefined {
    const state = this.#stateOf(key)
    const next = nextReplica(state, event)
    if (next.value === 'drop') this.#dropValue(key)
    const number = next.state === state ? undefined : this.#table.set(key, next.state, partition)
    return next.value === 'take' ? number : undefined
  }

  #stateOf(key: string): ReplicaState {
    const entry = this.#table.get(key)
    if (entry === undefined) return { type: 'none' }
    const { type, token } = entry
    if (type !== 'held') return { type, token }
    const position = this.#positionOf(key, entry)
    return position ? { type, token, position } : { type: 'doubtful', token }
  }

  #positionOf(key: string, { number }: ReplicaEntry): ReplicaPosition | undefined {
    const document = this.#decoded.peek(key)?.document
    if (document) return positionOf(document)
    const packed = this.#table.packed(number)
    return packed && outlineOf(packed)
  }

  #dropValue(key: string): void {
    this.#decoded.delete(key)
    const entry = this.#table.get(key)
    if (entry) this.#table.unpack(entry.number)
  }

  #decode(key: string, { number, token }: ReplicaEntry): ScopeCopy | undefined {
    const packed = this.#table.packed(number)
    if (packed === undefined) return undefined
    // Not a view: the document holds on to its bytes, and those of the table move.
    const bytes = new Uint8Array(packed)
    try {
      const document = decodeDocument(bytes, { key, isKept: true })
      const copy: ScopeCopy = { document, token, bytes, partition: this.#table.partitionOf(number) }
      this.#table.unpack(number)
      this.#decoded.set(key, copy)
      return copy
    } catch (error) {
      if (!(error instanceof UnreadableDocumentError)) throw error
      diagnostics.unreadable.publish({ documentKey: key, error })
      this.#step(key, undefined, { type: 'unreadable' })
      return undefined
    }
  }

  /** A decoded copy makes room: what is at hand of it as it is stored stays. */
  #packAgain(key: string, { document, token, bytes }: ScopeCopy): void {
    const entry = this.#table.get(key)
    if (entry?.type !== 'held') return
    if (bytes) return this.#table.pack(entry.number, bytes)
    const { state } = nextReplica({ type: 'held', token, position: positionOf(document) }, { type: 'unpacked' })
    this.#table.set(key, state, undefined)
  }

  #forgetAll(): void {
    this.#table.clear()
    this.#decoded.clear()
  }
}

function positionOf({ type, life, version, commitId }: ScopeDocument): ReplicaPosition {
  return { isEnded: type === 'ended', life, version, commitId }
}
