import { InvalidArgumentError } from '@scopes/core'

import type { Login } from './dcp/connection/security.ts'
import { type ClusterAddress, parseClusterAddress } from './dcp/topology/cluster-address.ts'
import type { Connection } from './options.ts'

/** How the changes feed connects; what is left out is that of the store. */
export interface CouchbaseDcpOptions {
  /** Needed beside `cluster`, whose own cannot be asked for. */
  readonly connectionString?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** How much of a node's changes may wait for a slow consumer, in bytes; the node waits then. Default 4 MiB. */
  readonly bufferBytes?: number | undefined
}

/** How what is held is polled. */
export interface CouchbasePollingOptions {
  /** Between two rounds, in milliseconds. Default 1000. */
  readonly intervalMs?: number | undefined
}

/** The options of the changes feed. */
export interface CouchbaseFeedOptions {
  /**
   * Which changes feed the store has. `dcp` (default): the changes of all documents, pushed by the data service over
   * connections of their own, made when somebody follows changes. `polling`: the changes of the scopes that this process holds,
   * and of no others, asked for in turn: for who may not use DCP. `auto`: `dcp`, or `polling` where that is refused; a message on
   * `scopes:couchbase:feed` says why. `none`: changes cannot be followed; the default beside
   * `cluster` without `dcp`.
   */
  readonly feed?: 'dcp' | 'polling' | 'auto' | 'none' | undefined
  readonly dcp?: CouchbaseDcpOptions | undefined
  readonly polling?: CouchbasePollingOptions | undefined
}

/** What the DCP client needs to connect. */
export interface DcpSettings {
  readonly address: ClusterAddress
  readonly login: Login
  /** Files: certificates that are trusted; the user's own, and its key. */
  readonly trustPath: string | undefined
  readonly certificatePath: string | undefined
  readonly keyPath: string | undefined
  readonly bufferBytes: number
}

/** The checked options of the feed. */
export type FeedSettings =
  | { readonly type: 'none' }
  | { readonly type: 'dcp'; readonly dcp: DcpSettings }
  | { readonly type: 'polling'; readonly intervalMs: number }
  | { readonly type: 'auto'; readonly dcp: DcpSettings; readonly intervalMs: number }

const defaultIntervalMs = 1000
const defaultBufferBytes = 4 * 1024 * 1024
/** Below this a node waits for acknowledgements all the time. */
const leastBufferBytes = 64 * 1024

/**
 * The settings that the options stand for.
 * @throws InvalidArgumentError that names the option
 */
export function feedSettings({ feed, dcp, polling }: CouchbaseFeedOptions, connection: Connection): FeedSettings {
  const chosen = feed ?? (connection.type === 'lent' && dcp === undefined ? 'none' : 'dcp')
  switch (chosen) {
    case 'none':
      mustBeAbsent(chosen, { dcp, polling })
      return { type: chosen }
    case 'dcp':
      mustBeAbsent(chosen, { polling })
      return { type: chosen, dcp: dcpSettings(dcp ?? {}, connection) }
    case 'polling':
      mustBeAbsent(chosen, { dcp })
      return { type: chosen, intervalMs: intervalOf(polling) }
    case 'auto':
      return { type: chosen, dcp: dcpSettings(dcp ?? {}, connection), intervalMs: intervalOf(polling) }
    default:
      chosen satisfies never
      throw new InvalidArgumentError(
        `feed is ${JSON.stringify(chosen)}; it must be 'dcp', 'polling', 'auto' or 'none'.`,
      )
  }
}

function mustBeAbsent(feed: string, options: Readonly<Record<string, unknown>>): void {
  const excess = Object.entries(options).find(([, value]) => value !== undefined)?.[0]
  if (excess !== undefined) throw new InvalidArgumentError(`${excess} has no meaning with feed: '${feed}'.`)
}

function intervalOf({ intervalMs = defaultIntervalMs }: CouchbasePollingOptions = {}): number {
  if (Number.isSafeInteger(intervalMs) && intervalMs >= 1 && intervalMs < 2 ** 31) return intervalMs
  throw new InvalidArgumentError(`polling.intervalMs is ${intervalMs}; it must be a whole number from 1 on.`)
}

function dcpSettings(dcp: CouchbaseDcpOptions, connection: Connection): DcpSettings {
  const { bufferBytes = defaultBufferBytes } = dcp
  if (!Number.isSafeInteger(bufferBytes) || bufferBytes < leastBufferBytes || bufferBytes >= 2 ** 31) {
    throw new InvalidArgumentError(`dcp.bufferBytes is ${bufferBytes}; it must be at least ${leastBufferBytes}.`)
  }
  const own = connection.type === 'own' ? connection : undefined
  const connectionString = dcp.connectionString ?? own?.connectionString
  if (connectionString === undefined) {
    throw new InvalidArgumentError(
      "dcp.connectionString is missing: the address of a cluster that was passed in cannot be asked for. Or set feed: 'polling' or 'none'.",
    )
  }
  const address = parseClusterAddress(connectionString)
  const { security } = own?.options ?? {}
  return {
    address,
    ...loginOf(dcp, own, address),
    trustPath: security?.trustStorePath ?? address.trustPath,
    bufferBytes,
  }
}

function loginOf(
  { username, password }: CouchbaseDcpOptions,
  own: Extract<Connection, { type: 'own' }> | undefined,
  { allowsPlain }: ClusterAddress,
): Pick<DcpSettings, 'login' | 'certificatePath' | 'keyPath'> {
  const byPassword = (name: unknown, secret: unknown, isAllowed: boolean): ReturnType<typeof loginOf> => {
    if (typeof name !== 'string' || typeof secret !== 'string') {
      throw new InvalidArgumentError('dcp.username and dcp.password are missing: the changes feed logs in by itself.')
    }
    const login: Login = { type: 'password', username: name, password: secret, allowsPlain: isAllowed }
    return { login, certificatePath: undefined, keyPath: undefined }
  }
  if (username !== undefined || password !== undefined) return byPassword(username, password, allowsPlain)
  const { options } = own ?? {}
  const authenticator = options?.authenticator
  if (authenticator === undefined) return byPassword(options?.username, options?.password, allowsPlain)
  if ('certificatePath' in authenticator) {
    const { certificatePath, keyPath } = authenticator
    return { login: { type: 'certificate' }, certificatePath, keyPath }
  }
  if ('username' in authenticator) {
    const { allowed_sasl_mechanisms: allowed = [] } = authenticator
    return byPassword(authenticator.username, authenticator.password, allowsPlain || allowed.includes('PLAIN'))
  }
  throw new InvalidArgumentError(
    "dcp.username and dcp.password are missing: the changes feed cannot log in by this authenticator. Or set feed: 'none'.",
  )
}
