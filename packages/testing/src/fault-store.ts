import {
  systemClock,
  type ChangeFeed,
  type Clock,
  type DocumentStore,
  type LoadOptions,
  type MutationOptions,
  type MutationResult,
  type StoreCallOptions,
  type StoreCapabilities,
  type StoreToken,
  type StoredDocument,
  type WriteOptions,
} from '@scopes/core'

import {
  type FeedFault,
  type InjectedFault,
  type ScriptedFault,
  type ScriptedFeedFault,
  type StoreFault,
  feedFaults,
  storeFaults,
} from './faults/fault.ts'
import { FaultControls } from './faults/fault-controls.ts'
import { FaultPlan, type FaultRates } from './faults/fault-plan.ts'
import { faultyFeed } from './faults/faulty-feed.ts'
import type { FeedTroubles } from './faults/feed-troubles.ts'
import { FaultyNetwork } from './faults/faulty-network.ts'
import { gate } from './faults/gate.ts'
import { partitionedFeed } from './faults/partitioned-feed.ts'
import { seededRandom } from './seeded-random.ts'

/** Options of `faultStore`. Without any of them nothing goes wrong until `faults` is told so. */
export interface FaultStoreOptions {
  /** The same seed brings the same random faults to the same calls. Default 1. */
  readonly seed?: number | undefined
  /** How often which fault happens by chance to a request. Default: never. */
  readonly rates?: FaultRates<StoreFault> | undefined
  /** How often which fault happens by chance to a message of the feed. Default: never. */
  readonly feedRates?: FaultRates<FeedFault> | undefined
  /** Faults that happen first, each once; as if by `faults.next`. */
  readonly plan?: readonly ScriptedFault[] | undefined
  /** The same for messages of the feed. */
  readonly feedPlan?: readonly ScriptedFeedFault[] | undefined
  /** In so many partitions the feed delivers, which come in any order among each other. Default: as those of the store. */
  readonly feedPartitions?: number | undefined
  /** Delays pass by it. Default: the clock of this machine. */
  readonly clock?: Clock | undefined
}

/** A store behind a network that can fail. */
export interface FaultStore extends DocumentStore {
  readonly faults: FaultControls
}

/**
 * The store, with faults between it and its callers. As long as there are none, it keeps the contract of the store.
 *
 * @example
 * const store = faultStore(memoryStore(), { seed: 7, rates: { 'lose-after': 0.05, late: 0.05 } })
 * store.faults.next({ operation: 'append', fault: 'lose-after' })
 * @throws InvalidArgumentError for a fault that there is not, or a rate that is no number from 0 to 1.
 */
export function faultStore(store: DocumentStore, options: FaultStoreOptions = {}): FaultStore {
  return new FaultyStore(store, options)
}

class FaultyStore implements FaultStore {
  readonly capabilities: StoreCapabilities
  readonly feed: ChangeFeed | undefined
  readonly faults: FaultControls
  readonly #store: DocumentStore
  readonly #network: FaultyNetwork

  constructor(store: DocumentStore, options: FaultStoreOptions) {
    const { seed = 1, rates, feedRates, plan: script, feedPlan: feedScript, clock = systemClock } = options
    const { feedPartitions: partitions } = options
    const random = seededRandom(seed)
    const injected: InjectedFault[] = []
    const record = (fault: InjectedFault): void => void injected.push(fault)
    const plan = new FaultPlan<StoreFault, ScriptedFault>({
      faults: storeFaults,
      random,
      script,
      rates,
      byChance: fault => ({ fault, delayMs: 1 + random.below(20), afterOperations: random.below(8) }),
    })
    // A generator of its own: how many messages come must not change what happens to the requests.
    const feedPlan = new FaultPlan<FeedFault, ScriptedFeedFault>({
      faults: feedFaults,
      random: seededRandom(~seed),
      script: feedScript,
      rates: feedRates,
      byChance: fault => ({ fault }),
    })
    const feeding = gate()
    const readings: FeedTroubles['readings'] = new Set()

    this.#store = store
    this.capabilities = store.capabilities
    this.#network = new FaultyNetwork({ plan, clock, record })
    this.faults = new FaultControls({ network: this.#network, plan, feedPlan, feeding, readings, injected })
    const checkFailing = (): void => this.#network.checkFailing()
    const inner = store.feed
    const divided =
      inner && partitions !== undefined
        ? partitionedFeed(inner, { partitions, random: seededRandom(seed ^ 0x9a57) })
        : inner
    this.feed = divided && faultyFeed(divided, { plan: feedPlan, feeding, checkFailing, record, readings })
  }

  async open(options?: StoreCallOptions): Promise<void> {
    this.#network.checkFailing()
    await this.#store.open(options)
    this.#network.open()
  }

  load<Known extends Pick<StoredDocument, 'token'> = never>(
    key: string,
    options?: LoadOptions<Known>,
  ): Promise<StoredDocument | Known | undefined> {
    return this.#network.carry(
      {
        operation: 'load',
        key,
        bytes: new Uint8Array(),
        execute: (_, signal) => this.#store.load(key, { ...options, signal }),
      },
      options?.signal,
    )
  }

  insert(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<MutationResult> {
    return this.#network.carry(
      {
        operation: 'insert',
        key,
        bytes,
        execute: (sent, signal) => this.#store.insert(key, sent, { ...options, signal }),
      },
      options?.signal,
    )
  }

  append(key: string, bytes: Uint8Array, token: StoreToken, options?: MutationOptions): Promise<MutationResult> {
    return this.#network.carry(
      {
        operation: 'append',
        key,
        bytes,
        execute: (sent, signal) => this.#store.append(key, sent, token, { ...options, signal }),
      },
      options?.signal,
    )
  }

  replace(key: string, bytes: Uint8Array, token: StoreToken, options?: WriteOptions): Promise<MutationResult> {
    return this.#network.carry(
      {
        operation: 'replace',
        key,
        bytes,
        execute: (sent, signal) => this.#store.replace(key, sent, token, { ...options, signal }),
      },
      options?.signal,
    )
  }

  remove(key: string, token: StoreToken, options?: MutationOptions): Promise<MutationResult> {
    return this.#network.carry(
      {
        operation: 'remove',
        key,
        bytes: new Uint8Array(),
        execute: (_, signal) => this.#store.remove(key, token, { ...options, signal }),
      },
      options?.signal,
    )
  }

  async close(): Promise<void> {
    this.faults.resumeFeeding()
    await this.#network.drain()
    await this.#store.close()
  }
}
