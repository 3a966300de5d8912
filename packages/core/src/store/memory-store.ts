import { systemClock, type Clock } from '../clock.ts'
import { InvalidArgumentError, StoreUnavailableError } from '../errors.ts'
import type { ChangeFeed, FeedToken } from '../feed/change-feed.ts'
import type { StoredDocument, StoreToken } from '../document/stored-document.ts'
import type {
  DocumentStore,
  LoadOptions,
  MutationOptions,
  MutationResult,
  StoreCallOptions,
  StoreCapabilities,
  WriteOptions,
} from './document-store.ts'
import { memoryFeed } from './memory-feed.ts'
import { MemoryLog } from './memory-log.ts'
import type { MemorySource } from './memory-source.ts'

/** Options of `memoryStore`. */
export interface MemoryStoreOptions {
  /** Judges `expiresAt` and dates what the feed proves. Default: the clock of this machine. */
  readonly clock?: Clock | undefined
  /** How many changes the feed's log keeps; a reader that falls further behind is told `lost`. Default 10,000. */
  readonly logLength?: number | undefined
}

/**
 * A store in this process's memory, and what the port means, said in code. Several `openScopes` may share one.
 *
 * Every call is executed before it returns its promise, so calls take effect one by one in the order in which they were
 * made, and one that rejects (closed, or `signal` aborted before the call) was not executed: outcome `none`. Documents
 * live until they are removed or expire; an expired one answers as missing at once, and the feed announces it at the
 * next call or pull of any kind. `close` ends the feeds and refuses calls; `open` afterwards finds the documents again.
 * @throws InvalidArgumentError when `logLength` is not a positive whole number.
 */
export function memoryStore(options: MemoryStoreOptions = {}): DocumentStore {
  const { clock = systemClock, logLength = 10_000 } = options
  if (!Number.isSafeInteger(logLength) || logLength < 1) {
    throw new InvalidArgumentError(`logLength is ${String(logLength)}, but must be a whole number of at least 1.`)
  }
  return new MemoryStore(clock, logLength)
}

interface MemoryDocument {
  /** The document in pieces, oldest first: an append adds one, the next load joins them. */
  chunks: Uint8Array[]
  token: StoreToken
  /** Unix time in seconds; Infinity: never. */
  expiresAt: number
  /** The change that inserted it. */
  readonly since: number
}

class MemoryStore implements DocumentStore, MemorySource {
  readonly capabilities: StoreCapabilities = {
    isPersistent: false,
    isShared: false,
    expires: true,
    maxDocumentBytes: Infinity,
  }
  readonly feed: ChangeFeed
  readonly id: string = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex')
  readonly clock: Clock
  readonly log: MemoryLog
  readonly #documents = new Map<string, MemoryDocument>()
  /** Token of change number 0. By the time of its creation, so that a store of tomorrow does not repeat those of today. */
  readonly #branch: bigint
  /** No document expires before this second, so that a call looks through all of them once a second at most. */
  #nextExpiry = Infinity
  #isClosed = false
  #closings = 0

  constructor(clock: Clock, logLength: number) {
    this.clock = clock
    this.log = new MemoryLog(logLength)
    this.#branch = BigInt(Math.trunc(clock.now())) << 20n
    this.feed = memoryFeed(this)
  }

  async open(options: StoreCallOptions = {}): Promise<void> {
    checkSignal(options)
    this.#isClosed = false
  }

  async load<Known extends Pick<StoredDocument, 'token'> = never>(
    key: string,
    options: LoadOptions<Known> = {},
  ): Promise<StoredDocument | Known | undefined> {
    this.#begin(options)
    const { known } = options
    return known !== undefined && this.#documents.get(key)?.token === known.token ? known : this.current(key)
  }

  async insert(key: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<MutationResult> {
    this.#begin(options)
    if (this.#documents.has(key)) return { type: 'refused', reason: 'exists' }
    return this.#write(key, bytes, options, this.log.last + 1)
  }

  async append(
    key: string,
    bytes: Uint8Array,
    token: StoreToken,
    options: MutationOptions = {},
  ): Promise<MutationResult> {
    this.#begin(options)
    const document = this.#documents.get(key)
    if (document?.token !== token) return refusal(document)
    document.chunks.push(new Uint8Array(bytes))
    document.token = this.#record(key, undefined)
    return { type: 'done', token: document.token }
  }

  async replace(
    key: string,
    bytes: Uint8Array,
    token: StoreToken,
    options: WriteOptions = {},
  ): Promise<MutationResult> {
    this.#begin(options)
    const document = this.#documents.get(key)
    if (document?.token !== token) return refusal(document)
    return this.#write(key, bytes, options, document.since)
  }

  async remove(key: string, token: StoreToken, options: MutationOptions = {}): Promise<MutationResult> {
    this.#begin(options)
    const document = this.#documents.get(key)
    if (document?.token !== token) return refusal(document)
    this.#documents.delete(key)
    return { type: 'done', token: this.#record(key, 'deleted') }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#closings++
    this.log.wake()
  }

  /** How often the store was closed. */
  get closings(): number {
    return this.#closings
  }

  check(): void {
    if (this.#isClosed) throw new StoreUnavailableError('The memory store is closed. Open it first.')
  }

  current(key: string): StoredDocument | undefined {
    const document = this.#documents.get(key)
    return document && { bytes: joined(document), token: document.token }
  }

  tokenIn(key: string): StoreToken | undefined {
    return this.#documents.get(key)?.token
  }

  /** Order of insertion, so those that came later than `number` are the last. A Map may be changed while it is read. */
  *keysUntil(number: number): Generator<string, void, undefined> {
    for (const [key, { since }] of this.#documents) {
      if (since > number) return
      yield key
    }
  }

  tokenOf(number: number): StoreToken {
    return (this.#branch + BigInt(number)) as StoreToken
  }

  feedTokenOf(number: number): FeedToken {
    return `m1.${this.id}.${number}` as FeedToken
  }

  sweep(): void {
    const seconds = this.clock.now() / 1000
    if (seconds < this.#nextExpiry) return
    this.#nextExpiry = Infinity
    for (const [key, { expiresAt }] of this.#documents) {
      if (expiresAt <= seconds) {
        this.#documents.delete(key)
        this.#record(key, 'expired')
      } else if (expiresAt < this.#nextExpiry) this.#nextExpiry = expiresAt
    }
  }

  #begin(options: StoreCallOptions): void {
    checkSignal(options)
    this.check()
    this.sweep()
  }

  #write(key: string, bytes: Uint8Array, options: WriteOptions, since: number): MutationResult {
    const { ttlSeconds = Infinity, expiresAt = this.clock.now() / 1000 + ttlSeconds } = options
    const token = this.#record(key, undefined)
    this.#documents.set(key, { chunks: [new Uint8Array(bytes)], token, expiresAt, since })
    if (expiresAt < this.#nextExpiry) this.#nextExpiry = expiresAt
    return { type: 'done', token }
  }

  #record(key: string, removed: 'deleted' | 'expired' | undefined): StoreToken {
    return this.tokenOf(this.log.push({ key, removed }))
  }
}

function checkSignal({ signal }: StoreCallOptions): void {
  if (signal?.aborted !== true) return
  throw new StoreUnavailableError('The call was aborted before it was executed.', { cause: signal.reason })
}

function refusal(document: MemoryDocument | undefined): MutationResult {
  return { type: 'refused', reason: document === undefined ? 'missing' : 'stale' }
}

function joined(document: MemoryDocument): Uint8Array {
  const [first] = document.chunks
  if (first !== undefined && document.chunks.length === 1) return first
  const bytes = new Uint8Array(document.chunks.reduce((length, chunk) => length + chunk.length, 0))
  let offset = 0
  for (const chunk of document.chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  document.chunks = [bytes]
  return bytes
}
