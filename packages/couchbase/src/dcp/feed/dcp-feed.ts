import { randomUUID } from 'node:crypto'

import {
  type ChangeFeed,
  type Clock,
  type FeedMessage,
  type FeedOptions,
  type StoreCallOptions,
  StoreUnavailableError,
  systemClock,
} from '@scopes/core'

import { diagnostics } from '../../diagnostics.ts'
import type { DcpSettings } from '../../feed-options.ts'
import { transportOf } from '../connection/transport-of.ts'
import { Topology } from '../topology/topology.ts'
import { type TokenContent, decodeFeedToken } from './feed-token.ts'
import type { LinkOptions } from './node-link.ts'
import type { Keyspace } from './read-collections.ts'
import { DcpReading } from './reading.ts'

/** What the feed needs to know of its store. */
export interface DcpFeedSettings {
  readonly dcp: DcpSettings
  readonly bucket: string
  readonly scope: string
  readonly collectionOf: Keyspace['collectionOf']
  /** How long nobody may answer before an iteration rejects, in milliseconds. */
  readonly openTimeoutMs: number
  readonly place: string
}

/** What the feed asks of its store. */
export interface DcpFeedStore {
  /** Afterwards the store is open and these collections are there. Rejects with a ScopesError. */
  readonly prepare: (names: readonly string[]) => Promise<void>
}

/** A feed that ends with its store. */
export interface DcpFeed extends ChangeFeed {
  /** Afterwards every open iteration has ended. The feed may be opened again. */
  close(): void
}

/** The server sends one after so many seconds without a word; after twice as many it is taken for gone. */
const noopIntervalSeconds = 20
/** How long a node may take to accept a connection, or to answer, in milliseconds. */
const answerMs = 5000

/**
 * The changes of a bucket as its nodes push them. Each iteration has connections of its own, one to each node: what a slow
 * consumer has not taken is held back by the nodes and not here. Nothing is connected before `open`.
 */
export function dcpFeed(settings: DcpFeedSettings, store: DcpFeedStore): DcpFeed {
  // Whatever clock its store has: what nodes do takes the time of this machine, and that is what the port dates by.
  const clock = systemClock
  const topology = new Topology(settings.dcp.address)
  const readings = new Set<DcpReading>()
  let partitions = 0

  const open = ({ since = 'now', kinds, keysOnly = false, signal }: FeedOptions): DcpReading => {
    const { scope, collectionOf, place } = settings
    const reading = new DcpReading({
      since: startOf(since),
      filter: { kinds: kinds && new Set(kinds), keysOnly },
      keyspace: { scope, collectionOf },
      topology,
      link: linkOptions(settings, keysOnly, clock),
      clock,
      patienceMs: settings.openTimeoutMs,
      place,
      prepare: names => store.prepare(names),
      onPartitions: count => (partitions = count),
      onEnd: ended => {
        readings.delete(ended)
        signal?.removeEventListener('abort', end)
      },
      onBroken: (vbucket, detail) => diagnostics.feed.publish({ type: 'stream-broken', place, vbucket, detail }),
      onRefused: (vbucket, status) => diagnostics.feed.publish({ type: 'stream-refused', place, vbucket, status }),
      onDown: (node, error) => diagnostics.feed.publish({ type: 'node-down', place, node, error }),
    })
    const end = (): void => reading.end()
    readings.add(reading)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
    return reading
  }

  return {
    coverage: 'all',
    get partitions() {
      return partitions
    },

    open(options: FeedOptions = {}): AsyncIterable<FeedMessage> {
      // Now, and not at the first pull: what is written in between belongs to the reader.
      const reading = unlessRefused(() => open(options))
      return { [Symbol.asyncIterator]: () => reading }
    },

    async probe({ signal }: StoreCallOptions = {}): Promise<void> {
      if (signal?.aborted) {
        throw new StoreUnavailableError('The probe was aborted before it was sent.', { cause: signal.reason })
      }
      for (const reading of readings) reading.probe()
    },

    close() {
      for (const reading of readings) reading.end()
    },
  }
}

function linkOptions({ dcp, bucket }: DcpFeedSettings, keysOnly: boolean, clock: Clock): LinkOptions {
  const { address, login, bufferBytes } = dcp
  return {
    transport: transportOf({ ...dcp, ...address, trustPath: dcp.trustPath }),
    login,
    bucket,
    // Not from the same name twice: the server would close the first.
    name: `scopes:${randomUUID()}`,
    agent: 'scopes',
    clock,
    timeoutMs: answerMs,
    silenceMs: 2 * noopIntervalSeconds * 1000,
    producer: { keysOnly, noopIntervalSeconds, bufferBytes },
  }
}

function startOf(since: NonNullable<FeedOptions['since']>): TokenContent | 'now' | 'beginning' {
  if (since === 'now') return 'now'
  return since === 'beginning' ? 'beginning' : decodeFeedToken(since)
}

/** What cannot be opened fails where it is read. */
function unlessRefused(open: () => AsyncIterator<FeedMessage, undefined>): AsyncIterator<FeedMessage, undefined> {
  try {
    return open()
  } catch (error) {
    return { next: () => Promise.reject(error) }
  }
}
