import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** Sends each request to the next process, whoever asks. */
export interface Balancer {
  readonly url: string
  /** No request goes to this port any more. */
  leaveOut(port: number): void
  close(): Promise<void>
}

export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  let left = ports
  let turn = 0
  const server = http.createServer((request, response) => {
    const { method, url, headers } = request
    const to = { host: '127.0.0.1', port: left[turn++ % left.length], method, path: url, headers, agent: false }
    const passed = http.request(to, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => response.writeHead(502).end())
    request.pipe(passed)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leaveOut: port => void (left = left.filter(other => other !== port)),
    close: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
