import type { User } from './auth/user.ts'
import type { BucketSpec } from './bucket/bucket.ts'
import { Cluster } from './cluster/cluster.ts'
import { BucketControls } from './bucket-controls.ts'
import { faultPlan, type Faults } from './faults.ts'
import { serverClock, type ServerClock } from './server-clock.ts'
import { trafficCounter, type Traffic } from './traffic.ts'

export interface CouchbaseServerOptions {
  /** Address to listen at; default: 127.0.0.1. */
  readonly host?: string
  /** Port of the first node, the others' follow; 0, the default: any that are free. */
  readonly port?: number
  /** Default: 1. The vbuckets of a bucket are dealt to them in turn. */
  readonly nodes?: number
  /** Buckets that are there from the start. */
  readonly buckets?: readonly BucketSpec[]
  /** Who may log in; default: `Administrator` with `password`, who may do everything. */
  readonly users?: readonly User[]
  /** Default: that of the machine, which can be moved on. */
  readonly clock?: ServerClock
  /** Of the chances of faults; default: 1. */
  readonly seed?: number
}

/** A data service of Couchbase that lives in this process: the official SDK connects to it, and tests can break it. */
export class CouchbaseServer implements AsyncDisposable {
  readonly clock: ServerClock
  readonly faults: Faults
  /** Bytes and requests, counted. */
  readonly traffic: Traffic
  readonly #cluster: Cluster
  #closing: Promise<void> | undefined

  private constructor(cluster: Cluster, faults: Faults, traffic: Traffic) {
    this.#cluster = cluster
    this.clock = cluster.clock
    this.faults = faults
    this.traffic = traffic
  }

  /** Resolves when it listens. */
  static async start(options: CouchbaseServerOptions = {}): Promise<CouchbaseServer> {
    const { host = '127.0.0.1', port = 0, nodes = 1, buckets = [], users = [ADMINISTRATOR], seed = 1 } = options
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > 64)
      throw new TypeError(`a cluster has 1 to 64 nodes, not ${nodes}`)
    const faults = faultPlan(seed)
    const traffic = trafficCounter()
    const clock = options.clock ?? serverClock()
    const cluster = await Cluster.start({ host, port, nodes, users, clock, faults, traffic })
    for (const bucket of buckets) cluster.createBucket(bucket)
    return new CouchbaseServer(cluster, faults, traffic)
  }

  /** Ports of the data service, one a node. */
  get ports(): readonly number[] {
    return this.#cluster.ports
  }

  /** What the SDK connects to. */
  get connectionString(): string {
    return `couchbase://${this.ports.map(port => `${this.#cluster.host}:${port}`).join(',')}`
  }

  createBucket(spec: BucketSpec): BucketControls {
    this.#cluster.createBucket(spec)
    return this.bucket(spec.name)
  }

  /** Afterwards it is gone, and so are the connections to it. */
  deleteBucket(name: string): Promise<void> {
    return this.#cluster.deleteBucket(name)
  }

  hasBucket(name: string): boolean {
    return this.#cluster.buckets.has(name)
  }

  /** What can be done to the bucket; throws when there is none of that name. */
  bucket(name: string): BucketControls {
    return new BucketControls(this.#cluster.bucket(name), this.#cluster)
  }

  /** Afterwards the configuration has a higher revision; clients that want to be told are. */
  pushConfig(): void {
    this.#cluster.pushConfig()
  }

  /** As if every node was stopped and started again: connections close, couchstore buckets keep all that they had. */
  restart(): Promise<void> {
    return this.#cluster.restart('clean')
  }

  /** As if every node was killed and started again: what is not on disk is lost, and each vbucket has a new uuid. */
  crash(): Promise<void> {
    return this.#cluster.restart('crash')
  }

  /** Afterwards nobody can connect, to one node or to any, and every connection to it is closed; all is kept. */
  goDown(node?: number): Promise<void> {
    return this.#cluster.goDown(node)
  }

  /** Afterwards it listens again, at the same port. */
  comeUp(node?: number): Promise<void> {
    return this.#cluster.comeUp(node)
  }

  /** As if a node, or all, had fallen silent: its sockets stay open and take requests, but nothing that it sends arrives. */
  freeze(node?: number): void {
    this.#cluster.freeze(node)
  }

  /** Afterwards all that was sent meanwhile arrives. */
  thaw(node?: number): void {
    this.#cluster.thaw(node)
  }

  /** Closes every connection; clients may connect again at once. */
  disconnectAll(): Promise<void> {
    return this.#cluster.disconnectAll()
  }

  /** Stops listening and closes every connection; more than once does no harm. */
  close(): Promise<void> {
    this.#closing ??= this.#cluster.close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** Starts a server; resolves when it listens. */
export function startCouchbaseServer(options: CouchbaseServerOptions = {}): Promise<CouchbaseServer> {
  return CouchbaseServer.start(options)
}

const ADMINISTRATOR: User = { name: 'Administrator', password: 'password' }
