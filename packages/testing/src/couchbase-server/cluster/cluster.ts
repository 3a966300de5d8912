import { accountsOf } from '../auth/accounts.ts'
import type { User } from '../auth/user.ts'
import { Bucket, type BucketSpec } from '../bucket/bucket.ts'
import { producers, type Producers } from '../dcp/producers.ts'
import type { FaultPlan } from '../faults.ts'
import type { NodeView } from '../operation/operation.ts'
import type { ServerClock } from '../server-clock.ts'
import type { TrafficCounter } from '../traffic.ts'
import { clusterConfigJson, type NodeAddress } from './cluster-config.ts'
import { ManagementService } from './management-service.ts'
import { ServerNode } from './server-node.ts'

export interface ClusterOptions {
  readonly host: string
  /** Of the first node, the others' follow; 0: any that are free. */
  readonly port: number
  readonly nodes: number
  readonly users: readonly User[]
  readonly clock: ServerClock
  readonly faults: FaultPlan
  readonly traffic: TrafficCounter
}

/** A connection that follows the changes of a bucket. */
export interface Consumer {
  readonly name: string
  readonly node: number
  /** How many streams are open on it. */
  readonly streams: number
  /** The size of the window of flow control; 0: none. */
  readonly bufferBytes: number
  /** Bytes of messages that it has not acknowledged; 0 without flow control. */
  readonly unacknowledgedBytes: number
  /** The most that ever were. */
  readonly mostUnacknowledgedBytes: number
}

/** The nodes of a cluster, its buckets, and the configuration that tells where what is. */
export class Cluster {
  readonly clock: ServerClock
  readonly host: string
  #revision: number
  #nodes: readonly ServerNode[] = []
  /** One a node. */
  #management: readonly ManagementService[] = []
  /** One list a node. */
  #producers: readonly Producers[] = []
  readonly #buckets = new Map<string, Bucket>()

  private constructor({ clock, host }: ClusterOptions) {
    this.clock = clock
    this.host = host
    // A server that is started anew under the same address must not tell a configuration that looks older.
    this.#revision = Math.floor(clock.nowMs() / 100)
  }

  /** Resolves when all nodes listen; none does when one cannot. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(options)
    try {
      await cluster.#listen(options)
    } catch (error) {
      await cluster.close()
      throw error
    }
    return cluster
  }

  get ports(): readonly number[] {
    return this.#nodes.map(node => node.port)
  }

  /** The bucket of that name; throws when there is none. */
  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name)
    if (!bucket) throw new RangeError(`there is no bucket ${JSON.stringify(name)}`)
    return bucket
  }

  get buckets(): ReadonlyMap<string, Bucket> {
    return this.#buckets
  }

  createBucket(spec: BucketSpec): Bucket {
    if (this.#buckets.has(spec.name)) throw new RangeError(`there is a bucket ${JSON.stringify(spec.name)} already`)
    const bucket = new Bucket(spec, this.#nodes.length, this.clock)
    this.#buckets.set(spec.name, bucket)
    this.#revision++
    return bucket
  }

  /** Afterwards it is gone, and so are the connections to it. */
  async deleteBucket(name: string): Promise<void> {
    const bucket = this.bucket(name)
    this.#buckets.delete(name)
    bucket.close()
    this.#revision++
    await this.#disconnect(bucket)
  }

  /** Afterwards the configuration has a higher revision; clients that want to be told are. */
  pushConfig(): void {
    this.#revision++
    for (const node of this.#nodes) {
      for (const connection of node.connections) connection.pushConfig(EPOCH, this.#revision)
    }
  }

  /** As if every node was stopped, or killed, and started again: all connections are closed. */
  async restart(how: 'clean' | 'crash'): Promise<void> {
    for (const bucket of this.#buckets.values()) {
      if (how === 'clean') bucket.restart()
      else bucket.crash()
    }
    await this.disconnectAll()
  }

  /** Stops the data service of a node, or of all. */
  async goDown(node: number | undefined): Promise<void> {
    await Promise.all(this.#chosen(node).map(chosen => chosen.close()))
  }

  /** Starts it again, at the same port. */
  async comeUp(node: number | undefined): Promise<void> {
    await Promise.all(this.#chosen(node).map(chosen => chosen.reopen()))
  }

  /** Nothing that a node sends arrives any more, or that any of them does, though their sockets stay open. */
  freeze(node: number | undefined): void {
    for (const chosen of this.#chosen(node)) chosen.freeze()
  }

  /** All that was sent meanwhile arrives. */
  thaw(node: number | undefined): void {
    for (const chosen of this.#chosen(node)) chosen.thaw()
  }

  /** Who follows the changes of that bucket. */
  consumers(bucket: Bucket): readonly Consumer[] {
    return this.#producers.flatMap((open, node) =>
      open
        .all()
        .filter(producer => producer.bucket === bucket)
        .map(({ name, streams, controls, window }) => ({
          name,
          node,
          streams,
          bufferBytes: controls.bufferBytes,
          unacknowledgedBytes: window.bytes,
          mostUnacknowledgedBytes: window.highestBytes,
        })),
    )
  }

  async disconnectAll(): Promise<void> {
    await Promise.all(this.#nodes.map(node => node.disconnect()))
  }

  async close(): Promise<void> {
    for (const bucket of this.#buckets.values()) bucket.close()
    await Promise.all([...this.#nodes, ...this.#management].map(service => service.close()))
  }

  async #listen({ host, port, nodes, users, clock, faults, traffic }: ClusterOptions): Promise<void> {
    const accounts = accountsOf(users)
    const bucket = (name: string): Bucket | undefined => this.#buckets.get(name)
    for (let index = 0; index < nodes; index++) {
      const config = (ofBucket: Bucket | undefined): string => this.#config(index, ofBucket)
      const open = producers()
      this.#producers = [...this.#producers, open]
      const view: NodeView = { index, nodes, clock, accounts, producers: open, bucket, config }
      const options = { host, port: port === 0 ? 0 : port + index, faults, traffic }
      this.#nodes = [...this.#nodes, await ServerNode.listen(view, options)]
      const manifestChanged = (): void => this.pushConfig()
      this.#management = [
        ...this.#management,
        await ManagementService.listen(host, { accounts, bucket, manifestChanged }),
      ]
    }
  }

  #chosen(index: number | undefined): readonly ServerNode[] {
    if (index === undefined) return this.#nodes
    const node = this.#nodes[index]
    if (!node) throw new RangeError(`there is no node ${index}`)
    return [node]
  }

  async #disconnect(bucket: Bucket): Promise<void> {
    await Promise.all(this.#nodes.map(node => node.disconnect(({ session }) => session.bucket === bucket)))
  }

  #config(thisNode: number, bucket: Bucket | undefined): string {
    const nodes = this.#nodes.map((node, index): NodeAddress => ({
      host: this.host,
      dataPort: node.port,
      managementPort: this.#management[index]?.port ?? 0,
    }))
    return clusterConfigJson({ epoch: EPOCH, revision: this.#revision, nodes, thisNode, bucket })
  }
}

const EPOCH = 1
