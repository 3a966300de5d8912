import type { ClusterConfig } from '../codec/cluster-config.ts'
import type { NodeAddress, Transport } from '../connection/security.ts'

/** A config with addresses that this process can use. */
export interface PlacedCluster {
  readonly epoch: number
  readonly revision: number
  readonly bucketUuid: string
  /** By the index that `masters` counts by; undefined where a node offers no data service of this transport. */
  readonly nodes: readonly (NodeAddress | undefined)[]
  /** Of each vbucket the index of its master, -1: none at the moment. */
  readonly masters: readonly number[]
  /** The node that the config came from. */
  readonly thisNode: NodeAddress | undefined
}

/** Of the two networks that a node may be reached in. */
export type Network = 'default' | 'external'

/** Whether a config is to replace another one. */
export function isNewer(
  config: Pick<ClusterConfig, 'epoch' | 'revision'>,
  known: Pick<ClusterConfig, 'epoch' | 'revision'> | undefined,
): boolean {
  if (known === undefined || config.epoch > known.epoch) return true
  return config.epoch === known.epoch && config.revision > known.revision
}

/**
 * The network that an address belongs to: the outside when the config names it there and nowhere inside; by host and port
 * first, then by host alone. What is not named anywhere is taken for the inside.
 */
export function networkOf({ nodes }: ClusterConfig, asked: NodeAddress): Network {
  const inside = nodes.map(({ hostname = asked.host, ports }) => ({ hostname, ports }))
  const outside = nodes.flatMap(({ external }) => external ?? [])
  const isAt = ({ hostname, ports: { kv, kvTls } }: (typeof inside)[number]): boolean =>
    hostname === asked.host && (kv === asked.port || kvTls === asked.port)
  if (inside.some(isAt)) return 'default'
  if (outside.some(isAt)) return 'external'
  if (inside.some(({ hostname }) => hostname === asked.host)) return 'default'
  return outside.some(({ hostname }) => hostname === asked.host) ? 'external' : 'default'
}

/** The config as this process sees it, asked from a node at `asked`: a node without a name is that host. */
export function placed(
  config: ClusterConfig,
  asked: NodeAddress,
  network: Network,
  transport: Transport['type'],
): PlacedCluster {
  const addressOf = ({
    hostname = asked.host,
    ports,
    external,
  }: ClusterConfig['nodes'][number]): NodeAddress | undefined => {
    const address = network === 'external' ? external : { hostname, ports }
    const port = transport === 'tls' ? address?.ports.kvTls : address?.ports.kv
    return address && port !== undefined ? { host: address.hostname, port } : undefined
  }
  const nodes = config.nodes.map(addressOf)
  const { epoch, revision, bucketUuid = '', masters } = config
  return {
    epoch,
    revision,
    bucketUuid,
    nodes,
    masters,
    thisNode: nodes[config.nodes.findIndex(node => node.isThisNode)],
  }
}

/** The address of the master of a vbucket; undefined when it has none that can be reached. */
export function masterOf({ masters, nodes }: PlacedCluster, vbucket: number): NodeAddress | undefined {
  return nodes[masters[vbucket] ?? -1]
}

/** Names a node among others. */
export function nodeName({ host, port }: NodeAddress): string {
  return `${host}:${port}`
}
