import type { Bucket } from './bucket/bucket.ts'
import type { ManifestJson } from './bucket/manifest.ts'
import type { Vbucket, VbucketState } from './bucket/vbucket.ts'
import type { Cluster, Consumer } from './cluster/cluster.ts'

/** What can be done to a bucket from outside, and seen of it. */
export class BucketControls {
  readonly #bucket: Bucket
  readonly #cluster: Cluster

  constructor(bucket: Bucket, cluster: Cluster) {
    this.#bucket = bucket
    this.#cluster = cluster
  }

  /** Afterwards these are its scopes and collections; the uid must be higher than before. */
  setManifest(manifest: ManifestJson): void {
    this.#bucket.setManifest(manifest)
    this.#cluster.pushConfig()
  }

  /** Of a vbucket that is not active every request is refused with `not my vbucket`; streams of its changes end. */
  setVbucketState(vbucket: number, state: VbucketState): void {
    this.#vbucket(vbucket).setState(state)
  }

  /** Afterwards another node owns it, and streams at the one before have ended; clients that want to be told are. */
  moveVbucket(vbucket: number, node: number): void {
    if (!(node in this.#cluster.ports)) throw new RangeError(`there is no node ${node}`)
    this.#vbucket(vbucket).moveTo(node)
    this.#cluster.pushConfig()
  }

  /**
   * As if its node was lost and a copy took over which had what was on disk: later writes are lost, a history with a new
   * uuid begins, and streams end. `node`: who owns it afterwards.
   */
  failover(vbucket: number, { node }: { readonly node?: number } = {}): void {
    this.#bucket.failover(this.#vbucket(vbucket))
    if (node === undefined) this.#cluster.pushConfig()
    else this.moveVbucket(vbucket, node)
  }

  /** Afterwards it has no document, its streams have ended, and each vbucket begins a new history; it keeps its uuid. */
  flush(): void {
    this.#bucket.flush()
  }

  /** Who follows its changes. */
  consumers(): readonly Consumer[] {
    return this.#cluster.consumers(this.#bucket)
  }

  /** Afterwards nothing is written to disk until `startPersistence`, or a restart. */
  stopPersistence(): void {
    this.#bucket.stopPersistence()
  }

  startPersistence(): void {
    this.#bucket.startPersistence()
  }

  /** Resolves when that seqno is on disk; rejects when it cannot come there. */
  async waitPersisted(vbucket: number, seqno: bigint): Promise<void> {
    const { persistedSeqno } = this.#vbucket(vbucket)
    if (persistedSeqno < seqno) throw new RangeError(`seqno ${seqno} of vbucket ${vbucket} is not on its way to disk`)
  }

  /** As if another client had begun a durable write in that collection, and it was given up: no document has changed. */
  abortWrite(vbucket: number, collection: number = 0): void {
    this.#vbucket(vbucket).abortWrite(collection)
  }

  /** Expires every document whose end has passed, without an access. */
  runExpiryPager(): void {
    this.#bucket.runExpiryPager()
  }

  /** The pager runs by itself each time that so many seconds have passed; 0: never, as from the start. */
  setExpiryPagerInterval(seconds: number): void {
    this.#bucket.setExpiryPagerInterval(seconds, this.#cluster.clock)
  }

  /** A consumer of changes that says nothing for so long loses its connection; 360 seconds from the start. */
  setDcpIdleTimeout(seconds: number): void {
    this.#bucket.dcpIdleTimeoutSeconds = seconds
  }

  /** Afterwards all writes to it so far are on disk, and only there: a stream of changes reads them from disk. */
  settle(vbucket: number): void {
    const settled = this.#vbucket(vbucket)
    settled.persistAll()
    settled.leaveToDisk()
  }

  /** Expires every document whose end has passed; with `dropDeletes` the tombstones that are on disk are gone. */
  compact(vbucket: number, { dropDeletes = false }: { readonly dropDeletes?: boolean } = {}): void {
    const compacted = this.#vbucket(vbucket)
    if (dropDeletes) compacted.purgeTombstones()
    compacted.expireDue()
  }

  /** Seqnos of a vbucket. */
  seqnos(vbucket: number): { readonly high: bigint; readonly persisted: bigint; readonly uuid: bigint } {
    const { highSeqno, persistedSeqno, uuid } = this.#vbucket(vbucket)
    return { high: highSeqno, persisted: persistedSeqno, uuid }
  }

  #vbucket(id: number): Vbucket {
    const vbucket = this.#bucket.vbuckets[id]
    if (!vbucket) throw new RangeError(`bucket ${this.#bucket.name} has no vbucket ${id}`)
    return vbucket
  }
}
