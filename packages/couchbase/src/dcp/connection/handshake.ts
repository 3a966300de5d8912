import { type ClusterConfig, decodeClusterConfig, encodeGetClusterConfig } from '../codec/cluster-config.ts'
import type { Frame } from '../codec/frame.ts'
import { decodeHelloAnswer, encodeHello, features } from '../codec/hello.ts'
import { encodeSelectBucket } from '../codec/select-bucket.ts'
import { statusName, statuses } from '../codec/status.ts'
import { authenticate } from './authenticate.ts'
import { ConnectionError, type ConnectionErrorReason } from './connection-error.ts'
import type { NodeConnection } from './node-connection.ts'
import type { Login, Transport } from './security.ts'

/** Who speaks, and of what. */
export interface HandshakeOptions {
  readonly login: Login
  readonly transport: Transport['type']
  readonly bucket: string
  /** Names the process and the connection in the server's log. */
  readonly agent: string
  readonly name: string
}

const asked: readonly number[] = Object.values(features)
/** Without these nothing of what follows is understood. */
const needed: readonly number[] = [features.selectBucket, features.collections]

/**
 * Afterwards the connection is logged in and the bucket selected. Resolves to the config that the node has of it. Rejects
 * with a ConnectionError or MalformedMessageError; then the connection is of no use.
 */
export async function handshake(connection: NodeConnection, options: HandshakeOptions): Promise<ClusterConfig> {
  const { login, transport, bucket, agent, name } = options
  const { where } = connection
  const hello = connection.ask(opaque => encodeHello({ opaque, agent, connection: name, features: asked }))
  const accepted = decodeHelloAnswer(successOf(where, 'HELLO', await hello))
  if (!needed.every(feature => accepted.includes(feature))) {
    throw new ConnectionError('unsupported', `${where} knows no collections: Couchbase Server 7.0 or newer is needed.`)
  }
  if (login.type === 'password') await authenticate(connection, login, transport)
  const selected = connection.ask(opaque => encodeSelectBucket(opaque, bucket))
  successOf(where, `the bucket ${bucket}`, await selected, { 'not-found': 'no-bucket', 'no-access': 'no-access' })
  const config = decodeClusterConfig(
    successOf(where, 'GET_CLUSTER_CONFIG', await connection.ask(encodeGetClusterConfig), { 'no-bucket': 'no-bucket' }),
  )
  if (config === undefined || config.masters.length === 0) {
    throw new ConnectionError('no-bucket', `${where} has no map of the bucket ${bucket} yet.`)
  }
  return config
}

/**
 * The frame, if its status is 0.
 * @throws ConnectionError otherwise; `meanings` says what a status means there
 */
export function successOf(
  where: string,
  what: string,
  frame: Frame,
  meanings: Readonly<Partial<Record<NonNullable<ReturnType<typeof statusName>>, ConnectionErrorReason>>> = {},
): Frame {
  const { vbucketOrStatus: status } = frame
  if (status === statuses.success) return frame
  const name = statusName(status)
  const reason = (name && meanings[name]) ?? (name === 'unknown-command' ? 'unsupported' : 'refused')
  const said = name ? `${name}, 0x${status.toString(16)}` : `status 0x${status.toString(16)}`
  throw new ConnectionError(reason, `${where} refused ${what} (${said}).`, { status })
}
