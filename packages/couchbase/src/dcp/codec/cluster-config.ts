import { type Frame, valueOf } from './frame.ts'
import { magics } from './magic.ts'
import { opcodes, serverOpcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'
import { malformed } from './shape.ts'

/** Ports of one address of a node; absent where the node does not offer the service. */
interface NodePorts {
  readonly kv: number | undefined
  readonly kvTls: number | undefined
}

/** A node, in the order that the vbuckets count by. */
interface ClusterNode {
  /** Undefined: the host that the config was asked from. */
  readonly hostname: string | undefined
  readonly ports: NodePorts
  /** How the node is reached from outside of the cluster's network. */
  readonly external: { readonly hostname: string; readonly ports: NodePorts } | undefined
  /** Whether the config came from this node. */
  readonly isThisNode: boolean
}

/** Which node has which vbucket. */
export interface ClusterConfig {
  /** A config replaces another one only when `(epoch, revision)` is higher. */
  readonly epoch: number
  readonly revision: number
  /** Another one after the bucket was deleted and made again; absent without a bucket. */
  readonly bucketUuid: string | undefined
  readonly nodes: readonly ClusterNode[]
  /** Of each vbucket the index of the node where it is active; -1: of none. Empty without a bucket. */
  readonly masters: readonly number[]
}

/**
 * GET_CLUSTER_CONFIG: nothing. Answer: value = JSON. The same JSON is the value of a status 0x07 (it may be missing there)
 * and of a push: magic 0x82, opcode 0x01, key = bucket, extras epoch i64 and revision i64.
 */
export function encodeGetClusterConfig(opaque: number): Buffer {
  return encodeRequest({ opcode: opcodes.getClusterConfig, opaque })
}

/**
 * The config in the value of a frame; undefined when there is none.
 * @throws MalformedMessageError when it is no config
 */
export function decodeClusterConfig(frame: Frame): ClusterConfig | undefined {
  const text = valueOf(frame).toString()
  if (text === '') return undefined
  return configOf(frame, parsed(frame, text))
}

/** Whether the frame is a push of a config, which is not answered. */
export function isConfigPush({ magic, opcode }: Frame): boolean {
  return magic === magics.serverRequest && opcode === serverOpcodes.clusterConfigChanged
}

type Json = Readonly<Record<string, unknown>>

function parsed(frame: Frame, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw malformed(frame, 'A cluster config is no JSON.', error)
  }
}

function configOf(frame: Frame, config: unknown): ClusterConfig {
  if (!isObject(config)) throw malformed(frame, 'A cluster config is no object.')
  const { rev, revEpoch = 0, uuid, nodesExt, vBucketServerMap } = config
  if (!isCount(rev) || !isCount(revEpoch)) throw malformed(frame, 'A cluster config has no revision.')
  if (uuid !== undefined && typeof uuid !== 'string')
    throw malformed(frame, 'A cluster config has a bucket without id.')
  if (!Array.isArray(nodesExt)) throw malformed(frame, 'A cluster config has no nodes.')
  const nodes = nodesExt.map((node: unknown) => nodeOf(frame, node))
  const masters = vBucketServerMap === undefined ? [] : mastersOf(frame, vBucketServerMap, nodes.length)
  return { epoch: revEpoch, revision: rev, bucketUuid: uuid, nodes, masters }
}

function nodeOf(frame: Frame, node: unknown): ClusterNode {
  if (!isObject(node)) throw malformed(frame, 'A node of a cluster config is no object.')
  const { hostname, services, alternateAddresses, thisNode } = node
  const external = isObject(alternateAddresses) ? alternateAddresses['external'] : undefined
  return {
    hostname: typeof hostname === 'string' && hostname !== '$HOST' ? hostname : undefined,
    ports: portsOf(services),
    external:
      isObject(external) && typeof external['hostname'] === 'string'
        ? // Without ports of their own they are those of the inside.
          { hostname: external['hostname'], ports: portsOf(external['ports'] ?? services) }
        : undefined,
    isThisNode: thisNode === true,
  }
}

function portsOf(services: unknown): NodePorts {
  const { kv, kvSSL } = isObject(services) ? services : {}
  return { kv: isPort(kv) ? kv : undefined, kvTls: isPort(kvSSL) ? kvSSL : undefined }
}

function mastersOf(frame: Frame, map: unknown, nodes: number): readonly number[] {
  const vbuckets = isObject(map) ? map['vBucketMap'] : undefined
  if (!Array.isArray(vbuckets) || vbuckets.length > maxVbuckets) {
    throw malformed(frame, 'A cluster config has no map of vbuckets.')
  }
  return vbuckets.map((chain: unknown) => {
    const master: unknown = Array.isArray(chain) ? chain[0] : undefined
    if (master === -1 || (isCount(master) && master < nodes)) return master
    throw malformed(frame, 'A cluster config maps a vbucket to a node that it does not name.')
  })
}

/** A vbucket is a u16 on the wire. */
const maxVbuckets = 65_536

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isPort(value: unknown): value is number {
  return isCount(value) && value > 0 && value < 65_536
}
