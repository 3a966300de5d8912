import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'

import type { FaultPlan } from '../faults.ts'
import type { NodeView } from '../operation/operation.ts'
import type { TrafficCounter } from '../traffic.ts'
import { Connection } from './connection.ts'
import { listenAnywhere } from './free-port.ts'

/** The data service of one node: a port, and the connections to it. */
export class ServerNode {
  readonly port: number
  readonly #host: string
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  #isFrozen = false

  private constructor(server: Server, host: string) {
    this.port = (server.address() as AddressInfo).port
    this.#host = host
    this.#server = server
  }

  /** Resolves when it listens. */
  static async listen(
    view: NodeView,
    { host, port, faults, traffic }: { host: string; port: number; faults: FaultPlan; traffic: TrafficCounter },
  ): Promise<ServerNode> {
    const server = createServer()
    await listening(server, host, port)
    const node = new ServerNode(server, host)
    server.on('connection', socket => node.#accept(new Connection(socket, view, faults, traffic)))
    return node
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections
  }

  /** Closes the connections that `isMeant`; clients may connect again at once. */
  async disconnect(isMeant: (connection: Connection) => boolean = () => true): Promise<void> {
    const meant = [...this.#connections].filter(isMeant)
    for (const connection of meant) connection.destroy()
    await Promise.all(meant.map(connection => connection.gone))
  }

  /** Afterwards nothing that it sends arrives, on old connections and new ones. */
  freeze(): void {
    this.#isFrozen = true
    for (const connection of this.#connections) connection.freeze()
  }

  /** Afterwards all that it has sent meanwhile arrives. */
  thaw(): void {
    this.#isFrozen = false
    for (const connection of this.#connections) connection.thaw()
  }

  /** Stops listening and closes every connection. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    await this.disconnect()
    await closed
  }

  /** Listens again, at the same port. */
  async reopen(): Promise<void> {
    if (!this.#server.listening) await listening(this.#server, this.#host, this.port)
  }

  #accept(connection: Connection): void {
    if (this.#isFrozen) connection.freeze()
    this.#connections.add(connection)
    void connection.gone.then(() => this.#connections.delete(connection))
  }
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  if (port === 0) return listenAnywhere(server, host)
  server.listen(port, host)
  await once(server, 'listening')
}
