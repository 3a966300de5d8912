import type { AddressInfo } from 'node:net'
import { tellParent } from '../child.ts'

/** What a server says: first when it is ready, then each time it is sent anything. */
export interface ServerReport {
  readonly port: number
  /** What the process has used so far. */
  readonly cpuMicros: number
}

/** Tells of a server that listens, now and whenever it is asked. */
export function reportOn(server: { address(): unknown }): void {
  const report = (): void => {
    const { port } = server.address() as AddressInfo
    const { user, system } = process.cpuUsage()
    tellParent({ port, cpuMicros: user + system } satisfies ServerReport)
  }
  process.on('message', report)
  report()
}
