import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'

import type { NodeAddress } from '../../../src/dcp/connection/security.ts'

/** A server that does what the test says. */
export interface ScriptedPeer {
  readonly address: NodeAddress
  close(): Promise<void>
}

/** Calls `onConnection` with each socket. */
export async function scriptedPeer(onConnection: (socket: Socket) => void): Promise<ScriptedPeer> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { address: addressOf(server), close: () => closed(server, sockets) }
}

/** Where a server of this machine listens. */
export function addressOf(server: Server): NodeAddress {
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

async function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  server.close()
  await once(server, 'close')
}
