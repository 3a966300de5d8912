import { randomBytes } from 'node:crypto'

import type { ServerClock } from '../server-clock.ts'
import { casClock } from './cas-clock.ts'
import {
  EPOCH_MANIFEST,
  manifestChanges,
  readManifest,
  type Manifest,
  type ManifestChange,
  type ManifestJson,
} from './manifest.ts'
import { Vbucket, type VbucketClock } from './vbucket.ts'

/** How a bucket is made: the names are those of the recorded transcripts. */
export interface BucketSpec {
  readonly name: string
  /** Default: couchstore. */
  readonly type?: 'couchstore' | 'ephemeral' | undefined
  /** Default: 64. */
  readonly vbuckets?: number | undefined
  /** Whether values that clients compressed are kept so; `active` is taken for `passive`. Default: passive. */
  readonly compression?: 'off' | 'passive' | 'active' | undefined
  /** Copies that durable writes wait for, beside the active one. Default: 0. */
  readonly replicas?: number | undefined
  /** Seconds after which a document ends at the latest. Default: 0, none. */
  readonly maxTtl?: number | undefined
  /** Scopes and collections; null, the default: never set. */
  readonly manifest?: ManifestJson | null | undefined
}

/** A bucket: its vbuckets, its scopes and collections, and what may be done to it from outside. */
export class Bucket {
  readonly name: string
  readonly uuid: string = randomBytes(16).toString('hex')
  readonly isEphemeral: boolean
  readonly keepsCompressed: boolean
  readonly replicas: number
  readonly maxTtl: number
  readonly vbuckets: readonly Vbucket[]
  /** How long a consumer of changes may say nothing before its connection is closed. */
  dcpIdleTimeoutSeconds = 360
  #manifest: Manifest = EPOCH_MANIFEST
  #isPersisting = true
  #pager: { stop(): void } | undefined

  constructor(spec: BucketSpec, nodes: number, clock: VbucketClock) {
    const { name, type = 'couchstore', vbuckets = 64, compression = 'passive', replicas = 0, maxTtl = 0 } = spec
    if (!/^[A-Za-z0-9_.%-]{1,100}$/.test(name)) throw new TypeError(`a bucket cannot be called ${JSON.stringify(name)}`)
    if (!Number.isInteger(vbuckets) || vbuckets < 1 || vbuckets > 1024) {
      throw new TypeError(`a bucket has 1 to 1024 vbuckets, not ${vbuckets}`)
    }
    this.name = name
    this.isEphemeral = type === 'ephemeral'
    this.keepsCompressed = compression !== 'off'
    this.replicas = replicas
    this.maxTtl = maxTtl
    const cas = casClock()
    const isPersisting = (): boolean => this.#isPersisting
    this.vbuckets = Array.from(
      { length: vbuckets },
      (_, id) => new Vbucket(id, id % nodes, { clock, cas, isPersisting }),
    )
    if (spec.manifest) this.setManifest(spec.manifest)
  }

  get manifest(): Manifest {
    return this.#manifest
  }

  /** Afterwards these are its scopes and collections; each that is new or gone takes a seqno in every vbucket. */
  setManifest(json: ManifestJson): void {
    const manifest = readManifest(json)
    if (manifest.uid <= this.#manifest.uid) throw new RangeError(`manifest ${json.uid} is not newer than the last`)
    this.replaceManifest(manifest)
  }

  /** The same with a manifest that has been read, and is known to be newer. */
  replaceManifest(manifest: Manifest): void {
    const changes = manifestChanges(this.#manifest, manifest)
    this.#manifest = manifest
    for (const vbucket of this.vbuckets) this.#log(changes, vbucket)
  }

  /** Afterwards nothing is written to disk until `startPersistence`. */
  stopPersistence(): void {
    this.#isPersisting = false
  }

  startPersistence(): void {
    this.#isPersisting = true
    for (const vbucket of this.vbuckets) vbucket.persistAll()
  }

  /** As if every node was stopped and started again: a couchstore bucket has all that it had, an ephemeral one nothing. */
  restart(): void {
    if (this.isEphemeral) return this.crash()
    this.startPersistence()
    for (const vbucket of this.vbuckets) {
      vbucket.forgetLocks()
      vbucket.leaveToDisk()
    }
  }

  /** As if every node was killed: what is not on disk is lost. */
  crash(): void {
    this.#isPersisting = true
    for (const vbucket of this.vbuckets) {
      if (this.isEphemeral) vbucket.reset()
      else vbucket.loseUnpersisted()
    }
    this.#relogManifest()
  }

  /** Afterwards it has no document, and each vbucket a new history. */
  flush(): void {
    for (const vbucket of this.vbuckets) vbucket.reset()
    this.#relogManifest()
  }

  /** As if a copy of the vbucket took over that had what was on disk. */
  failover(vbucket: Vbucket): void {
    vbucket.loseUnpersisted()
    this.#relogManifest()
  }

  runExpiryPager(): void {
    for (const vbucket of this.vbuckets) if (vbucket.state === 'active') vbucket.expireDue()
  }

  /** The pager runs by itself each time that so many seconds have passed; 0: never. */
  setExpiryPagerInterval(seconds: number, clock: ServerClock): void {
    this.#pager?.stop()
    this.#pager = seconds > 0 ? clock.every(seconds * 1000, () => this.runExpiryPager()) : undefined
  }

  /** Nothing happens in it by itself any more. */
  close(): void {
    this.#pager?.stop()
  }

  /** The cluster keeps the manifest, whatever a vbucket has lost: it learns anew of what it does not know any more. */
  #relogManifest(): void {
    const changes = manifestChanges(EPOCH_MANIFEST, this.#manifest)
    for (const vbucket of this.vbuckets) {
      const unknown = changes.filter(change => !vbucket.knows(change))
      this.#log(unknown, vbucket)
    }
  }

  /** Only the last of them makes the manifest complete. */
  #log(changes: readonly ManifestChange[], vbucket: Vbucket): void {
    changes.forEach((change, at) => {
      vbucket.logManifestChange(change, at === changes.length - 1 ? this.#manifest.uid : 0n)
    })
  }
}
