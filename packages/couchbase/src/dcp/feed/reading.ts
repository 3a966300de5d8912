import { type Clock, type FeedMessage, StoreUnavailableError } from '@scopes/core'

import { ConnectionError } from '../connection/connection-error.ts'
import { type Position, beginning } from '../stream/position.ts'
import type { StreamStart } from '../stream/stream-state.ts'
import type { Topology } from '../topology/topology.ts'
import { feedErrorOf, streamErrorOf } from './feed-error.ts'
import { type FeedFilter, feedMessageOf } from './feed-message.ts'
import { type TokenContent, type TokenOrigin, FeedTokens, startsOf } from './feed-token.ts'
import { type QueuedMessage, MessageQueue } from './message-queue.ts'
import type { LinkOptions, NodeLink } from './node-link.ts'
import { NodeLinks } from './node-links.ts'
import { type Keyspace, type ReadCollections, collectionsFor, findCollections } from './read-collections.ts'
import { Streams } from './streams.ts'

/** What is read, and from where. */
export interface ReadingOptions {
  readonly since: TokenContent | 'now' | 'beginning'
  readonly filter: FeedFilter
  readonly keyspace: Keyspace
  readonly topology: Topology
  readonly link: LinkOptions
  readonly clock: Clock
  /** Afterwards the collections that hold these kinds are there. Rejects with a ScopesError. */
  readonly prepare: (names: readonly string[]) => Promise<void>
  /** The vbuckets of the bucket are known. */
  readonly onPartitions: (count: number) => void
  readonly onEnd: (reading: DcpReading) => void
  readonly onBroken: (vbucket: number, detail: string) => void
  readonly onRefused: (vbucket: number, status: number) => void
  readonly onDown: (node: string, error: ConnectionError) => void
  /** How long nobody may answer before the reading fails, in milliseconds. */
  readonly patienceMs: number
  readonly place: string
}

/** How often it is looked after the whole, in milliseconds; every sixth time the config is asked for though all is well. */
const lookMs = 2500
const looksWhenWell = 6

/** One iteration of the feed: all vbuckets of all nodes, as one sequence of messages. */
export class DcpReading implements AsyncIterator<FeedMessage, undefined> {
  readonly #options: ReadingOptions
  readonly #stop = new AbortController()
  readonly #queue = new MessageQueue()
  readonly #links: NodeLinks
  readonly #firstLink: Promise<NodeLink>
  #resolveFirst: (link: NodeLink) => void = () => {}
  #streams: Streams | undefined
  /** Undefined until it is known where every vbucket begins: before that there is no token, so nothing is handed out. */
  #tokens: FeedTokens | undefined
  /** Handed out, and not processed until the next is asked for. */
  #underWay: QueuedMessage | undefined
  #failure: unknown
  #hasFailed = false
  #wake: (() => void) | undefined
  #lastError: ConnectionError | undefined
  /** When a node was there last. */
  #readyAt: number

  constructor(options: ReadingOptions) {
    const { topology, link, clock } = options
    this.#options = options
    this.#readyAt = clock.monotonic()
    this.#firstLink = new Promise(resolve => (this.#resolveFirst = resolve))
    this.#links = new NodeLinks(topology, link, {
      onReady: ready => this.#ready(ready),
      onFrame: (from, frame, flow) => this.#streams?.receive(from, frame, flow),
      onDown: (lost, error) => this.#down(lost, error),
      onDropped: lost => this.#streams?.disconnected(lost),
      onMoved: () => {
        this.#streams?.resume()
        queueMicrotask(() => this.#checkAddresses())
      },
    })
    this.#run().catch((error: unknown) => this.#fail(error))
  }

  async next(): Promise<IteratorResult<FeedMessage, undefined>> {
    this.#settle()
    for (;;) {
      if (this.#stop.signal.aborted) return done
      const queued = this.#tokens && this.#queue.shift()
      if (queued === undefined) {
        if (this.#hasFailed) return this.#reject()
        await new Promise<void>(resolve => (this.#wake = resolve))
        continue
      }
      this.#underWay = queued
      const message = this.#messageOf(queued)
      if (message) return { done: false, value: message }
      this.#settle()
    }
  }

  async return(): Promise<IteratorResult<FeedMessage, undefined>> {
    this.end()
    return done
  }

  /** Afterwards nothing is connected, and whoever waits for a message is told that it is over. */
  end(): void {
    if (this.#stop.signal.aborted) return
    this.#stop.abort()
    this.#links.stop()
    this.#options.onEnd(this)
    this.#wakeUp()
  }

  /** Each vbucket will say that it has caught up as of now, or later. */
  probe(): void {
    this.#streams?.probe()
  }

  /** Looks after the whole until the end. */
  async #run(): Promise<void> {
    const { clock, prepare, filter, keyspace } = this.#options
    const { signal } = this.#stop
    const names = collectionsFor(keyspace, filter.kinds)
    const [link] = await Promise.all([this.#firstLink, prepare(names ?? []), this.#links.refresh()])
    const { scope } = keyspace
    const collections = await findCollections(link, scope, names, { clock, signal, place: this.#options.place })
    if (signal.aborted) return
    this.#begin(collections)
    for (let looks = 1; !signal.aborted; looks++) {
      await clock.sleep(lookMs, signal)
      if (signal.aborted) return
      this.#checkPatience()
      if (!this.#streams?.isWhole || looks % looksWhenWell === 0) await this.#links.refresh()
    }
  }

  /** Every vbucket gets its stream. */
  #begin({ filter, ids }: ReadCollections): void {
    const { topology, clock, onBroken, onRefused, onPartitions, place } = this.#options
    const { bucketUuid = '', masters = [] } = topology.current ?? {}
    const origin: TokenOrigin = { bucketUuid, collections: ids }
    const starts = this.#startsOf(origin, masters.length, 'scope' in filter)
    const located = new Map<number, Position>()
    for (const [vbucket, start] of starts.entries()) if (start !== 'now') located.set(vbucket, start)
    const locate = (): void => {
      if (this.#tokens !== undefined || located.size < starts.length) return
      const positions = starts.map((_, vbucket) => located.get(vbucket) ?? beginning)
      this.#tokens = new FeedTokens({ origin, positions })
      this.#wakeUp()
    }
    onPartitions(masters.length)
    locate()
    this.#streams = new Streams({
      starts,
      filter,
      collections: Object.values(ids),
      clock,
      signal: this.#stop.signal,
      readyFor: vbucket => this.#links.readyFor(vbucket),
      onLost: () => void this.#links.refresh(),
      onMessage: message => {
        this.#queue.push(message)
        this.#wakeUp()
      },
      onLocated: (vbucket, position) => {
        if (!located.has(vbucket)) located.set(vbucket, position)
        locate()
      },
      onBroken,
      onRefused,
      onFail: (vbucket, reason, status) => this.#fail(streamErrorOf(vbucket, reason, status, place)),
    })
    this.#streams.resume()
  }

  #startsOf(origin: TokenOrigin, vbuckets: number, isWholeScope: boolean): readonly StreamStart[] {
    const { since } = this.#options
    if (since === 'now') return Array.from({ length: vbuckets }, () => 'now')
    if (since === 'beginning') return Array.from({ length: vbuckets }, () => beginning)
    return startsOf(since, origin, { vbuckets, isWholeScope })
  }

  #ready(link: NodeLink): void {
    this.#readyAt = this.#options.clock.monotonic()
    this.#resolveFirst(link)
    this.#streams?.resume()
  }

  #down(link: NodeLink, error: ConnectionError): void {
    this.#lastError = error
    this.#options.onDown(`${link.address.host}:${link.address.port}`, error)
    this.#streams?.disconnected(link)
    if (!error.mayPass) this.#fail(error)
  }

  /** Fails when a node with vbuckets cannot be connected to in the way that was asked for: trying again does not help. */
  #checkAddresses(): void {
    const { masters = [], nodes = [] } = this.#options.topology.current ?? {}
    if (masters.every(master => master < 0 || nodes[master] !== undefined)) return
    const text = 'a node with vbuckets has no address in the network that was asked for, or no port for TLS'
    this.#fail(new ConnectionError('unsupported', text))
  }

  /** Fails when nobody was there for too long, or it could not be found out for so long where now is. */
  #checkPatience(): void {
    const { clock, patienceMs, place } = this.#options
    const now = clock.monotonic()
    if (this.#links.ready.length > 0 && this.#tokens !== undefined) this.#readyAt = now
    if (now - this.#readyAt <= patienceMs) return
    const why = this.#lastError?.message ?? 'no node has answered'
    this.#fail(
      new StoreUnavailableError(`The changes of Couchbase (${place}) could not be read for ${patienceMs} ms: ${why}`, {
        cause: this.#lastError,
      }),
    )
  }

  /** What has come is handed out first. */
  #fail(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#failure = error
    this.#links.stop()
    this.#wakeUp()
  }

  #reject(): never {
    this.end()
    throw feedErrorOf(this.#failure, this.#options.place)
  }

  /** What was handed out before has taken effect: its bytes are acknowledged. */
  #settle(): void {
    const queued = this.#underWay
    this.#underWay = undefined
    if (queued?.type === 'item') queued.flow.processed(queued.bytes)
  }

  #messageOf(queued: QueuedMessage): FeedMessage | undefined {
    const tokens = this.#tokens
    if (tokens === undefined) return undefined
    if ('position' in queued) tokens.move(queued.vbucket, queued.position)
    return feedMessageOf(queued, tokens.current, this.#options.filter)
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}

const done = { done: true, value: undefined } as const
