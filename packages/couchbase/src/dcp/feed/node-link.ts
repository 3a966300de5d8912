import type { Clock } from '@scopes/core'

import { type ClusterConfig, decodeClusterConfig, encodeGetClusterConfig } from '../codec/cluster-config.ts'
import {
  type ManifestScope,
  decodeCollectionsManifest,
  encodeGetCollectionsManifest,
} from '../codec/collections-manifest.ts'
import { decodeCollectionId, encodeGetCollectionId } from '../codec/collection-id.ts'
import { encodeCloseStream } from '../codec/close-stream.ts'
import { type FailoverLog, decodeFailoverLog, encodeGetFailoverLog } from '../codec/failover-log.ts'
import type { Frame } from '../codec/frame.ts'
import { statusName, statuses } from '../codec/status.ts'
import { decodeVbucketSeqnos, encodeGetVbucketSeqnos } from '../codec/vbucket-seqnos.ts'
import { ConnectionError, connectionErrorOf } from '../connection/connection-error.ts'
import { type HandshakeOptions, handshake, successOf } from '../connection/handshake.ts'
import { NodeConnection, type NodeConnectionOptions } from '../connection/node-connection.ts'
import { type ProducerOptions, openProducer } from '../connection/open-producer.ts'
import type { NodeAddress } from '../connection/security.ts'
import { nodeName } from '../topology/placed-cluster.ts'
import { connectPauseMs } from './backoff.ts'
import { FlowAccount } from './flow-account.ts'

/** How nodes are connected to. */
export interface LinkOptions
  extends Omit<NodeConnectionOptions, 'address' | 'signal'>, Omit<HandshakeOptions, 'transport' | 'name'> {
  readonly clock: Clock
  readonly producer: Omit<ProducerOptions, 'name'>
  /** Of the reading; the node is added to it. */
  readonly name: string
}

/** What a link tells its reading. */
export interface LinkEvents {
  /** Streams can be asked for. */
  readonly onReady: (link: NodeLink) => void
  readonly onFrame: (link: NodeLink, frame: Frame, flow: FlowAccount) => void
  readonly onConfig: (config: ClusterConfig, from: NodeAddress) => void
  /** It failed, or could not be made; it is tried again unless it is stopped. */
  readonly onDown: (link: NodeLink, error: ConnectionError) => void
}

/** The connection of one reading to one node, made again when it is lost, until it is stopped. */
export class NodeLink {
  /** Where the node is; may become another name of the same node. */
  address: NodeAddress
  readonly #options: LinkOptions
  readonly #events: LinkEvents
  readonly #stop = new AbortController()
  #connection: NodeConnection | undefined
  #failures = 0

  constructor(address: NodeAddress, options: LinkOptions, events: LinkEvents) {
    this.address = address
    this.#options = options
    this.#events = events
  }

  /** Streams can be asked for now. */
  get isReady(): boolean {
    return this.#connection !== undefined
  }

  /** Tries until `stop`. Guard: the pause grows with each failure in a row. */
  async run(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      const error = await this.#live()
      this.#connection = undefined
      if (signal.aborted) return
      this.#failures++
      this.#events.onDown(this, error)
      await clock.sleep(connectPauseMs(this.#failures, Math.random()), signal)
    }
  }

  /** Something came through: the next failure is the first again. */
  succeeded(): void {
    this.#failures = 0
  }

  /** Afterwards it is closed and is not tried again. */
  stop(): void {
    this.#stop.abort()
    this.#connection?.close()
    this.#connection = undefined
  }

  send(bytes: Buffer): void {
    this.#connection?.send(bytes)
  }

  closeStream(opaque: number, vbucket: number): void {
    this.send(encodeCloseStream(opaque, vbucket))
  }

  /** Afterwards the reading has been told the node's config. Rejects with a ConnectionError. */
  async askConfig(): Promise<void> {
    const connection = this.#ready()
    const frame = successOf(connection.where, 'GET_CLUSTER_CONFIG', await connection.ask(encodeGetClusterConfig))
    const config = this.#read(() => decodeClusterConfig(frame))
    if (config) this.#events.onConfig(config, this.address)
  }

  /**
   * The highest seqno of each vbucket that is active on the node, counting only these collections; undefined: all, which
   * a user who may read only some is refused (`no-access`). Rejects with a ConnectionError.
   */
  async askSeqnos(collections: Iterable<number> | undefined): Promise<ReadonlyMap<number, number>> {
    const connection = this.#ready()
    const questions: readonly (number | undefined)[] = collections ? [...collections] : [undefined]
    const answers = await Promise.all(
      questions.map(collection => connection.ask(opaque => encodeGetVbucketSeqnos(opaque, collection))),
    )
    const meanings = { 'no-access': 'no-access' } as const
    const [first = new Map<number, number>(), ...others] = answers.map(answer =>
      this.#read(() => decodeVbucketSeqnos(successOf(connection.where, 'GET_ALL_VB_SEQNOS', answer, meanings))),
    )
    const highest = new Map(first)
    for (const seqnos of others) {
      for (const [vbucket, seqno] of seqnos) highest.set(vbucket, Math.max(seqno, highest.get(vbucket) ?? 0))
    }
    return highest
  }

  /** The scopes that the node knows, and the user may. Rejects with a ConnectionError. */
  async askManifest(): Promise<readonly ManifestScope[]> {
    const connection = this.#ready()
    const answer = await connection.ask(encodeGetCollectionsManifest)
    return this.#read(() => decodeCollectionsManifest(successOf(connection.where, 'GET_COLLECTIONS_MANIFEST', answer)))
  }

  /** The id of a collection; undefined when the node does not know it. Rejects with a ConnectionError. */
  async askCollectionId(scope: string, collection: string): Promise<number | undefined> {
    const connection = this.#ready()
    const answer = await connection.ask(opaque => encodeGetCollectionId(opaque, scope, collection))
    const name = statusName(answer.vbucketOrStatus)
    if (name === 'unknown-collection' || name === 'unknown-scope') return undefined
    return this.#read(() => decodeCollectionId(successOf(connection.where, 'GET_COLLECTION_ID', answer)))
  }

  /** Undefined when the vbucket is not active there. Rejects with a ConnectionError. */
  async askFailoverLog(vbucket: number): Promise<FailoverLog | undefined> {
    const connection = this.#ready()
    const answer = await connection.ask(opaque => encodeGetFailoverLog(opaque, vbucket))
    if (answer.vbucketOrStatus === statuses['not-my-vbucket']) {
      this.offerConfigIn(answer)
      return undefined
    }
    successOf(connection.where, 'DCP_GET_FAILOVER_LOG', answer)
    return this.#read(() => decodeFailoverLog(answer))
  }

  /** A refusal may bring the config that says where the vbucket is. */
  offerConfigIn(frame: Frame): void {
    const config = this.#read(() => decodeClusterConfig(frame))
    if (config) this.#events.onConfig(config, this.address)
  }

  /** A question was not answered as it must be: the connection is ended, unless that is why; it is made again. */
  failBy(error: unknown): void {
    const failure = connectionErrorOf(error, this.#where)
    if (failure.reason !== 'closed' && failure.reason !== 'abandoned') this.#connection?.close(failure)
  }

  /** One connection from its first byte to its last; resolves to why it ended. */
  #live(): Promise<ConnectionError> {
    return new Promise(resolve => {
      this.#open(resolve).catch((error: unknown) => resolve(connectionErrorOf(error, this.#where)))
    })
  }

  async #open(onClosed: (error: ConnectionError) => void): Promise<void> {
    const { producer, name, ...options } = this.#options
    const connectionName = `${name}:${this.#where}`.slice(0, 200)
    const flow = new FlowAccount(producer.bufferBytes, bytes => connection.send(bytes))
    const connection = await NodeConnection.connect(
      { ...options, address: this.address, signal: this.#stop.signal },
      {
        onStreamFrame: frame => this.#events.onFrame(this, frame, flow),
        onConfig: config => this.#events.onConfig(config, this.address),
        onClosed,
      },
    )
    try {
      const config = await handshake(connection, {
        ...options,
        transport: options.transport.type,
        name: connectionName,
      })
      await openProducer(connection, { ...producer, name: connectionName })
      if (this.#stop.signal.aborted) return connection.close()
      this.#connection = connection
      this.#events.onConfig(config, this.address)
      this.#events.onReady(this)
    } catch (error) {
      connection.close(connectionErrorOf(error, this.#where))
    }
  }

  #ready(): NodeConnection {
    if (this.#connection) return this.#connection
    throw new ConnectionError('closed', `There is no connection to ${this.#where}.`)
  }

  get #where(): string {
    return nodeName(this.address)
  }

  /** An answer that breaks its grammar ends the connection. */
  #read<Content>(decode: () => Content): Content {
    try {
      return decode()
    } catch (error) {
      this.failBy(error)
      throw connectionErrorOf(error, this.#where)
    }
  }
}
