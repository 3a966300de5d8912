import http from 'node:http'
import net from 'node:net'

/** A response, read to its end. */
export interface Reply {
  readonly status: number
  readonly statusMessage: string
  readonly headers: http.IncomingHttpHeaders
  readonly setCookies: readonly string[]
  readonly body: string
  /** The informational heads before it. */
  readonly hints: readonly http.InformationEvent[]
}

/** What to send. */
export interface RequestOptions {
  readonly method?: string
  readonly cookie?: string | undefined
  readonly headers?: http.OutgoingHttpHeaders
  readonly body?: string | Uint8Array
  /** Called when an informational head arrives. */
  readonly onHint?: () => void
}

/** Sends one request on a connection of its own. */
export function send(port: number, path: string, options: RequestOptions = {}): Promise<Reply> {
  const { method = 'GET', cookie, headers = {}, onHint } = options
  return new Promise((resolve, reject) => {
    const all = { ...headers, ...(cookie === undefined ? {} : { cookie }) }
    const request = http.request({ port, host: '127.0.0.1', path, method, headers: all, agent: false })
    const hints: http.InformationEvent[] = []
    request.on('information', hint => {
      hints.push(hint)
      onHint?.()
    })
    request.on('error', reject)
    request.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const setCookies = response.headers['set-cookie'] ?? []
        const body = Buffer.concat(chunks).toString()
        const { statusCode: status = 0, statusMessage = '', headers: received } = response
        resolve({ status, statusMessage, headers: received, setCookies, body, hints })
      })
    })
    request.end(options.body)
  })
}

/** Writes text on a raw connection and reads until the server closes it. The text must ask for that. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.write(text, 'latin1')
  })
}

/** Sends a request whose client will not wait for the answer; the returned function breaks the connection off. */
export function sendAndLeave(port: number, path: string, cookie?: string): () => void {
  const request = http.request({
    port,
    host: '127.0.0.1',
    path,
    agent: false,
    ...(cookie === undefined ? {} : { headers: { cookie } }),
  })
  // Being cut off is what is asked for.
  request.on('error', () => {})
  request.end()
  return () => request.destroy()
}
