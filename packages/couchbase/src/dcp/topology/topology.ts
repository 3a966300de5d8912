import type { ClusterConfig } from '../codec/cluster-config.ts'
import type { NodeAddress, Transport } from '../connection/security.ts'
import { type ClusterAddress, seedsOf } from './cluster-address.ts'
import { type Network, type PlacedCluster, isNewer, networkOf, placed } from './placed-cluster.ts'

/** The newest that is known of a bucket's nodes, whoever told it. */
export class Topology {
  readonly #address: ClusterAddress
  readonly #transport: Transport['type']
  readonly #listeners = new Set<() => void>()
  #current: PlacedCluster | undefined
  /** Decided by the first config: the addresses of one network are no good in another. */
  #network: Network | undefined

  constructor(address: ClusterAddress) {
    this.#address = address
    this.#transport = address.isTls ? 'tls' : 'tcp'
    if (address.network !== 'auto') this.#network = address.network === 'default' ? 'default' : 'external'
  }

  /** Undefined before anybody has told. */
  get current(): PlacedCluster | undefined {
    return this.#current
  }

  /** Takes a config that the node at `from` has told, if it is newer. */
  offer(config: ClusterConfig, from: NodeAddress): void {
    if (config.masters.length === 0 || !isNewer(config, this.#current)) return
    this.#current = this.#place(config, from)
    for (const listener of this.#listeners) listener()
  }

  /** The address by which others name the node at `from`, by the config that it has told; undefined: it does not say. */
  nameOf(config: ClusterConfig, from: NodeAddress): NodeAddress | undefined {
    return this.#place(config, from).thisNode
  }

  /** Calls `listener` after each change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Whom to ask: the nodes that are known, then the hosts of the connection string. */
  async candidates(): Promise<readonly NodeAddress[]> {
    const known = this.#current?.nodes.flatMap(node => node ?? []) ?? []
    return [...known, ...(await seedsOf(this.#address))]
  }

  #place(config: ClusterConfig, from: NodeAddress): PlacedCluster {
    this.#network ??= networkOf(config, from)
    return placed(config, from, this.#network, this.#transport)
  }
}
