import type { ClusterConfig } from '../codec/cluster-config.ts'
import type { Frame } from '../codec/frame.ts'
import type { ConnectionError } from '../connection/connection-error.ts'
import type { NodeAddress } from '../connection/security.ts'
import { masterOf, nodeName } from '../topology/placed-cluster.ts'
import type { Topology } from '../topology/topology.ts'
import type { FlowAccount } from './flow-account.ts'
import { type LinkOptions, NodeLink } from './node-link.ts'

/** What the links of a reading tell it. */
export interface LinksEvents {
  readonly onReady: (link: NodeLink) => void
  readonly onFrame: (link: NodeLink, frame: Frame, flow: FlowAccount) => void
  readonly onDown: (link: NodeLink, error: ConnectionError) => void
  /** It was given up, because its node is not needed any more. */
  readonly onDropped: (link: NodeLink) => void
  /** Vbuckets may have other masters. */
  readonly onMoved: () => void
}

/** The links of one reading: one to each node that has vbuckets, and while none is there to whoever may know them. */
export class NodeLinks {
  readonly #topology: Topology
  readonly #options: LinkOptions
  readonly #events: LinksEvents
  readonly #links = new Set<NodeLink>()
  readonly #forget: () => void
  #isAsking = false
  #isStopped = false

  constructor(topology: Topology, options: LinkOptions, events: LinksEvents) {
    this.#topology = topology
    this.#options = options
    this.#events = events
    this.#forget = topology.onChange(() => this.#follow())
    if (topology.current) this.#follow()
  }

  /** Those on which streams can be asked for now. */
  get ready(): readonly NodeLink[] {
    return [...this.#links].filter(link => link.isReady)
  }

  /** The link to the master of the vbucket, if it can be asked now. */
  readyFor(vbucket: number): NodeLink | undefined {
    const { current } = this.#topology
    const master = current && masterOf(current, vbucket)
    const link = master && this.#linkTo(master)
    return link?.isReady ? link : undefined
  }

  /** Asks for the config: a node that is there, or everybody who may be. More than one question at a time is not sent. */
  async refresh(): Promise<void> {
    if (this.#isAsking || this.#isStopped) return
    this.#isAsking = true
    try {
      const { ready } = this
      const link = ready[Math.floor(Math.random() * ready.length)]
      // A connection that fails tells so itself.
      if (link) await link.askConfig().catch(() => {})
      else for (const address of await this.#topology.candidates()) this.#connect(address)
    } finally {
      this.#isAsking = false
    }
  }

  /** Afterwards all are closed. */
  stop(): void {
    this.#isStopped = true
    this.#forget()
    for (const link of this.#links) link.stop()
    this.#links.clear()
  }

  #linkTo(address: NodeAddress): NodeLink | undefined {
    const name = nodeName(address)
    for (const link of this.#links) if (nodeName(link.address) === name) return link
    return undefined
  }

  #connect(address: NodeAddress): void {
    if (this.#isStopped || this.#linkTo(address)) return
    const link = new NodeLink(address, this.#options, {
      onConfig: (config, from) => this.#learn(link, config, from),
      onReady: () => {
        // The config that it has just told may not name it.
        if (this.#links.has(link)) this.#events.onReady(link)
      },
      onFrame: this.#events.onFrame,
      onDown: this.#events.onDown,
    })
    this.#links.add(link)
    void link.run()
  }

  /** Where a node was found may be another name of it than the config has. */
  #learn(link: NodeLink, config: ClusterConfig, from: NodeAddress): void {
    const name = this.#topology.nameOf(config, from)
    const other = name && this.#linkTo(name)
    if (name && other === undefined) link.address = name
    this.#topology.offer(config, from)
    if (other && other !== link) this.#drop(link)
  }

  /** Links to the nodes of the newest config, and to no other. */
  #follow(): void {
    const { nodes, masters } = this.#topology.current ?? { nodes: [], masters: [] }
    const used = new Set(masters)
    const wanted = nodes.flatMap((node, index) => (node && used.has(index) ? node : []))
    for (const address of wanted) this.#connect(address)
    const names = new Set(wanted.map(nodeName))
    for (const link of this.#links) if (!names.has(nodeName(link.address))) this.#drop(link)
    this.#events.onMoved()
  }

  #drop(link: NodeLink): void {
    this.#links.delete(link)
    link.stop()
    this.#events.onDropped(link)
  }
}
