import { type Clock, InvalidArgumentError, systemClock } from '@scopes/core'
import { type Cluster, type ConnectOptions, DurabilityLevel } from 'couchbase'

import { type CouchbaseFeedOptions, type FeedSettings, feedSettings } from './feed-options.ts'

/** On how many nodes, and whether on their disks, a write is before it is acknowledged. */
export type CouchbaseDurability = 'none' | 'majority' | 'majority-and-persist-active' | 'persist-to-majority'

/** Options of `couchbaseStore`. */
export interface CouchbaseStoreOptions extends CouchbaseFeedOptions {
  /** Where the cluster is: `couchbase://host` or `couchbases://host` (TLS), several hosts by commas. Or `cluster`. */
  readonly connectionString?: string | undefined
  /** With `connectionString`: the user and his password, unless `connectOptions.authenticator` says who it is. */
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** A cluster of the SDK that the application is connected to. It is not closed with the store. */
  readonly cluster?: Cluster | undefined
  /** The bucket; it must exist. */
  readonly bucket: string
  /** The Couchbase scope in the bucket. Default `_default`. */
  readonly scope?: string | undefined
  /**
   * The collection of all documents, or a function that names one for each kind (`session`, `client`, `lock` …): it must always
   * give the same. Default `_default`.
   */
  readonly collections?: string | ((kind: string) => string) | undefined
  /** Creates the scope and the collections where they are missing; the user needs the right to. Default false: an error. */
  readonly createCollections?: boolean | undefined
  /** Of each write. Default `none`: in the memory of one node. */
  readonly durability?: CouchbaseDurability | undefined
  /** Of ends and rotations. Default `persist-to-majority`, or `majority` where the bucket keeps nothing on disk. */
  readonly strongestDurability?: CouchbaseDurability | undefined
  /** How long one request may take, in milliseconds. What is not answered by then is looked up. Default 1000. */
  readonly timeoutMs?: number | undefined
  /** The same for a write that waits for other nodes or disks. Default 5000; at least 1500. */
  readonly durableTimeoutMs?: number | undefined
  /** How long an opening waits for a cluster that is not there yet, in milliseconds. Default 10,000. */
  readonly openTimeoutMs?: number | undefined
  /** Everything else that the SDK takes: certificates, a tracer, a meter, a logger. Tracing and metrics are off unless given. */
  readonly connectOptions?: ConnectOptions | undefined
  /** Reckons how far away the expiry of a lock is. Default: the clock of this machine. */
  readonly clock?: Pick<Clock, 'now'> | undefined
}

/** Checked options with their defaults. */
export interface StoreSettings {
  readonly connection: Connection
  readonly bucket: string
  readonly scope: string
  readonly collectionOf: string | ((kind: string) => string)
  readonly createsCollections: boolean
  readonly durability: DurabilityLevel
  readonly strongest: DurabilityLevel
  readonly timeoutMs: number
  readonly durableTimeoutMs: number
  readonly openTimeoutMs: number
  readonly clock: Pick<Clock, 'now'>
  readonly feed: FeedSettings
  /** The bucket and where it is, for messages. No secret. */
  readonly place: string
}

/** Whose connection it is. */
export type Connection =
  | { readonly type: 'own'; readonly connectionString: string; readonly options: ConnectOptions }
  | { readonly type: 'lent'; readonly cluster: Cluster }

const durabilityLevels: Readonly<Record<CouchbaseDurability, DurabilityLevel>> = {
  none: DurabilityLevel.None,
  majority: DurabilityLevel.Majority,
  'majority-and-persist-active': DurabilityLevel.MajorityAndPersistOnMaster,
  'persist-to-majority': DurabilityLevel.PersistToMajority,
}

/** The time below which the server refuses to wait for a durable write. */
const leastDurableMs = 1500

/**
 * The settings that the options stand for.
 * @throws InvalidArgumentError that names the option.
 */
export function storeSettings(options: CouchbaseStoreOptions): StoreSettings {
  const { scope = '_default', collections = '_default', createCollections = false, clock = systemClock } = options
  const bucket = text('bucket', options.bucket)
  if (typeof collections !== 'string' && typeof collections !== 'function') {
    throw new InvalidArgumentError('collections must be the name of one, or a function that names one for a kind.')
  }
  const connection = connectionOf(options)
  const where = connection.type === 'own' ? withoutSecrets(connection.connectionString) : 'the given cluster'
  return {
    connection,
    bucket,
    scope: keyspaceName('scope', scope),
    collectionOf: typeof collections === 'string' ? keyspaceName('collections', collections) : collections,
    createsCollections: createCollections,
    durability: level('durability', options.durability ?? 'none'),
    strongest: level('strongestDurability', options.strongestDurability ?? 'persist-to-majority'),
    timeoutMs: milliseconds('timeoutMs', options.timeoutMs ?? 1000, 1),
    durableTimeoutMs: milliseconds('durableTimeoutMs', options.durableTimeoutMs ?? 5000, leastDurableMs),
    openTimeoutMs: milliseconds('openTimeoutMs', options.openTimeoutMs ?? 10_000, 1),
    clock,
    feed: feedSettings(options, connection),
    place: `bucket ${bucket} at ${where}`,
  }
}

/**
 * The name of a scope or collection, if Couchbase allows it.
 * @throws InvalidArgumentError that names the option.
 */
export function keyspaceName(option: string, name: unknown): string {
  if (typeof name === 'string' && (name === '_default' || /^[A-Za-z0-9-][A-Za-z0-9_%-]{0,250}$/.test(name))) return name
  throw new InvalidArgumentError(
    `${option} is ${JSON.stringify(name)}; Couchbase allows 1 to 251 of A-Z a-z 0-9 _ - %, the first one no _ or %, or _default.`,
  )
}

function connectionOf(options: CouchbaseStoreOptions): Connection {
  const { cluster, connectionString, username, password, connectOptions = {} } = options
  if (cluster !== undefined) {
    const foreign = Object.entries({ connectionString, username, password, connectOptions: options.connectOptions })
    const excess = foreign.find(([, value]) => value !== undefined)?.[0]
    if (excess === undefined) return { type: 'lent', cluster }
    throw new InvalidArgumentError(`${excess} has no meaning beside cluster, which is connected already.`)
  }
  const address = text('connectionString', connectionString)
  if (!/^couchbases?:\/\/[^/?]/.test(address)) {
    throw new InvalidArgumentError('connectionString must begin with couchbase:// or couchbases:// and name a host.')
  }
  if (connectOptions.orphanReporterConfig?.enableOrphanReporting === false) {
    throw new InvalidArgumentError(
      'connectOptions.orphanReporterConfig: without orphan reporting SDK 4.7.1 kills the process at the first time-out.',
    )
  }
  if (connectOptions.authenticator !== undefined) {
    if (username === undefined && password === undefined) return own(address, connectOptions)
    throw new InvalidArgumentError('username and password have no meaning beside connectOptions.authenticator.')
  }
  const login = { username: text('username', username), password: text('password', password) }
  return own(address, { ...connectOptions, ...login })
}

function own(connectionString: string, options: ConnectOptions): Connection {
  const quiet: ConnectOptions = {
    ...(options.tracer === undefined && { tracingConfig: { enableTracing: false } }),
    ...(options.meter === undefined && { metricsConfig: { enableMetrics: false } }),
  }
  return { type: 'own', connectionString, options: { ...quiet, ...options } }
}

function text(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new InvalidArgumentError(`${option} is ${value === undefined ? 'missing' : 'no text'}.`)
}

function level(option: string, name: string): DurabilityLevel {
  const found = Object.entries(durabilityLevels).find(([known]) => known === name)
  if (found) return found[1]
  throw new InvalidArgumentError(
    `${option} is ${JSON.stringify(name)}; it must be one of ${Object.keys(durabilityLevels).join(', ')}.`,
  )
}

function milliseconds(option: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least && value < 2 ** 31) return value
  throw new InvalidArgumentError(`${option} is ${String(value)}, but must be a whole number of at least ${least}.`)
}

/** Scheme and hosts; what may stand before an @ or in the options is nobody's business. */
function withoutSecrets(connectionString: string): string {
  return connectionString.replace(/\?.*$/s, '').replace(/\/\/[^/@]*@/, '//')
}
