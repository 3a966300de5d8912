import { type Socket, connect as connectTcp, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'

import { ConnectionError } from './connection-error.ts'
import type { NodeAddress, Transport } from './security.ts'

/** How a connection is made. */
export interface ConnectSocketOptions {
  readonly address: NodeAddress
  readonly transport: Transport
  /** In milliseconds. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * A connected socket; over TLS the certificate has been checked, the name of the host in it too. Nothing is left open
 * when it rejects, with a ConnectionError (`unreachable`, `timed-out`, `abandoned`).
 */
export function connectSocket({ address, transport, timeoutMs, signal }: ConnectSocketOptions): Promise<Socket> {
  const { host, port } = address
  const where = `${host}:${port}`
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abandoned(where, signal))
    const socket =
      transport.type === 'tls'
        ? connectTls({ ...transport.options, host, port, ...(isIP(host) === 0 && { servername: host }) })
        : connectTcp({ host, port })
    const fail = (error: ConnectionError): void => {
      settle()
      socket.on('error', ignore)
      socket.destroy()
      reject(error)
    }
    const onError = (cause: Error): void =>
      fail(new ConnectionError('unreachable', `${where} cannot be reached: ${cause.message}`, { cause }))
    const onAbort = (): void => fail(abandoned(where, signal))
    const timer = setTimeout(
      () => fail(new ConnectionError('timed-out', `${where} did not accept a connection in ${timeoutMs} ms.`)),
      timeoutMs,
    )
    const settle = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.off('error', onError)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('error', onError)
    socket.once(transport.type === 'tls' ? 'secureConnect' : 'connect', () => {
      settle()
      socket.setNoDelay(true)
      resolve(socket)
    })
  })
}

function abandoned(where: string, { reason }: AbortSignal): ConnectionError {
  return new ConnectionError('abandoned', `The connection to ${where} was given up.`, { cause: reason })
}

function ignore(): void {}
