import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'

import type { FaultPlan } from '../faults.ts'
import type { NodeView } from '../operation/operation.ts'
import type { TrafficCounter } from '../traffic.ts'
import { Connection } from './connection.ts'

/** The data service of one node: a port, and the connections to it. */
export class ServerNode {
  readonly port: number
  readonly #host: string
  readonly #server: Server
  readonly #connections: Set<Connection>

  private constructor(server: Server, host: string, connections: Set<Connection>) {
    this.port = (server.address() as AddressInfo).port
    this.#host = host
    this.#server = server
    this.#connections = connections
  }

  /** Resolves when it listens. */
  static async listen(
    view: NodeView,
    { host, port, faults, traffic }: { host: string; port: number; faults: FaultPlan; traffic: TrafficCounter },
  ): Promise<ServerNode> {
    const connections = new Set<Connection>()
    const server = createServer(socket => {
      const connection = new Connection(socket, view, faults, traffic)
      connections.add(connection)
      void connection.gone.then(() => connections.delete(connection))
    })
    await listening(server, host, port)
    return new ServerNode(server, host, connections)
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
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening')
}
