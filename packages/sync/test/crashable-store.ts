import type {
  ChangeFeed,
  Clock,
  DocumentStore,
  FeedMessage,
  FeedOptions,
  FeedToken,
  MutationResult,
  StoreCapabilities,
  StoreToken,
  StoredDocument,
} from '@scopes/core'

interface Change {
  readonly key: string
  /** Undefined: it was removed. */
  readonly bytes: Uint8Array | undefined
  readonly token: StoreToken
}

/** One iteration of the feed. */
interface Reading {
  branch: number
  /** The changes up to here have been delivered. */
  place: number
  /** Changes that the old connection still brings after a crash. */
  old: Change[]
  isOwedCaughtUp: boolean
  asOf: number
}

/**
 * A store that can lose its last writes, acknowledged or not, as a server does that fails over before it has replicated them. Its feed
 * tells `rolled-back`, after it may have brought some of what was lost.
 */
export class CrashableStore implements DocumentStore {
  readonly capabilities: StoreCapabilities = {
    isPersistent: false,
    isShared: false,
    expires: false,
    maxDocumentBytes: Infinity,
  }
  readonly feed: ChangeFeed = {
    coverage: 'all',
    partitions: 1,
    open: options => this.#open(options),
    probe: async () => {
      for (const reading of this.#readings) {
        reading.isOwedCaughtUp = true
        reading.asOf = this.#clock.monotonic()
      }
      this.#wake()
    },
  }
  readonly #clock: Clock
  readonly #readings = new Set<Reading>()
  #log: Change[] = []
  #documents = new Map<string, Change>()
  /** For each branch after the first where the log ended when it began. */
  readonly #forks: number[] = []
  #token = 0n
  #sleepers: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Loses the last writes. Readers that are connected still get the first `leftover` of what they had not read yet. */
  crash(lost: number, leftover: number): void {
    for (const reading of this.#readings) reading.old = this.#log.slice(reading.place, reading.place + leftover)
    this.#log = this.#log.slice(0, Math.max(0, this.#log.length - lost))
    this.#documents = new Map(this.#log.map(change => [change.key, change]))
    this.#forks.push(this.#log.length)
    this.#wake()
  }

  async open(): Promise<void> {}

  async load(key: string): Promise<StoredDocument | undefined> {
    const change = this.#documents.get(key)
    return change?.bytes && { bytes: change.bytes, token: change.token }
  }

  async insert(key: string, bytes: Uint8Array): Promise<MutationResult> {
    if (this.#documents.get(key)?.bytes) return { type: 'refused', reason: 'exists' }
    return this.#write(key, bytes)
  }

  async append(key: string, bytes: Uint8Array, token: StoreToken): Promise<MutationResult> {
    const before = this.#documents.get(key)
    if (before?.bytes === undefined) return { type: 'refused', reason: 'missing' }
    if (before.token !== token) return { type: 'refused', reason: 'stale' }
    return this.#write(key, Buffer.concat([before.bytes, bytes]))
  }

  async replace(key: string, bytes: Uint8Array, token: StoreToken): Promise<MutationResult> {
    const before = this.#documents.get(key)
    if (before?.bytes === undefined) return { type: 'refused', reason: 'missing' }
    return before.token === token ? this.#write(key, bytes) : { type: 'refused', reason: 'stale' }
  }

  async remove(key: string, token: StoreToken): Promise<MutationResult> {
    const before = this.#documents.get(key)
    if (before?.bytes === undefined) return { type: 'refused', reason: 'missing' }
    return before.token === token ? this.#write(key, undefined) : { type: 'refused', reason: 'stale' }
  }

  async close(): Promise<void> {}

  get #branch(): number {
    return this.#forks.length
  }

  #write(key: string, bytes: Uint8Array | undefined): MutationResult {
    const change: Change = { key, bytes: bytes && Uint8Array.from(bytes), token: ++this.#token as StoreToken }
    this.#log.push(change)
    this.#documents.set(key, change)
    this.#wake()
    return { type: 'done', token: change.token }
  }

  async *#open({ since = 'now', keysOnly = false, signal }: FeedOptions = {}): AsyncGenerator<
    FeedMessage,
    void,
    undefined
  > {
    const [branch, place] = since === 'now' || since === 'beginning' ? [this.#branch, 0] : since.split('.').map(Number)
    const reading: Reading = {
      branch: branch ?? 0,
      place: since === 'now' ? this.#log.length : (place ?? 0),
      old: [],
      isOwedCaughtUp: true,
      asOf: this.#clock.monotonic(),
    }
    this.#readings.add(reading)
    signal?.addEventListener('abort', () => this.#wake())
    try {
      while (signal?.aborted !== true) {
        const message = this.#next(reading)
        if (message) yield message.type === 'document' && keysOnly ? { ...message, bytes: undefined } : message
        else {
          await new Promise<void>(resolve => this.#sleepers.push(resolve))
        }
      }
    } finally {
      this.#readings.delete(reading)
    }
  }

  #next(reading: Reading): FeedMessage | undefined {
    const old = reading.old.shift()
    if (old) return messageOf(old, reading)
    if (reading.branch < this.#branch) {
      reading.place = Math.min(reading.place, ...this.#forks.slice(reading.branch))
      reading.branch = this.#branch
      return { type: 'rolled-back', ...commonOf(reading) }
    }
    while (reading.place < this.#log.length) {
      const change = this.#log[reading.place++]
      if (change && this.#documents.get(change.key) === change) return messageOf(change, reading)
    }
    if (!reading.isOwedCaughtUp) return undefined
    reading.isOwedCaughtUp = false
    return { type: 'caught-up', asOf: reading.asOf, ...commonOf(reading) }
  }

  #wake(): void {
    const sleepers = this.#sleepers
    this.#sleepers = []
    for (const wake of sleepers) wake()
  }
}

function messageOf({ key, bytes, token }: Change, reading: Reading): FeedMessage {
  const common = commonOf(reading)
  return bytes
    ? { type: 'document', key, bytes, token, ...common }
    : { type: 'removed', key, token, reason: 'deleted', ...common }
}

function commonOf({ branch, place }: Reading): { readonly partition: 0; readonly feedToken: FeedToken } {
  return { partition: 0, feedToken: `${branch}.${place}` as FeedToken }
}
