import net, { type AddressInfo, type Socket } from 'node:net'
import tls from 'node:tls'
import { tlsCertificate } from './tls-certificate.ts'

/** A proxy that listens. */
export interface TlsProxy {
  readonly port: number
  close(): Promise<void>
}

/** Ends TLS before an application, tells it so as proxies do, and passes on everything else as it comes. */
export async function startTlsProxy(applicationPort: number): Promise<TlsProxy> {
  const sockets = new Set<Socket>()
  const server = tls.createServer({ ...tlsCertificate }, visitor => {
    const application = net.connect(applicationPort, '127.0.0.1')
    sockets.add(visitor)
    visitor.on('data', (chunk: Buffer) => {
      application.write(
        chunk.toString('latin1').replaceAll(/ HTTP\/1\.1\r\n/g, '$&X-Forwarded-Proto: https\r\n'),
        'latin1',
      )
    })
    application.pipe(visitor)
    for (const [one, other] of [
      [visitor, application],
      [application, visitor],
    ] as const) {
      // A side that breaks off takes the other one with it, and that is all there is to say of it.
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
    visitor.on('close', () => sockets.delete(visitor))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
