import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { gunzipSync } from 'node:zlib'

/** Where a server listens on loopback: its port, or what has it. */
export type Place = number | { readonly atPort: number; readonly isTls: boolean }

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
  /** Called when the head of the answer arrives. */
  readonly onHead?: () => void
}

/** Sends one request on a connection of its own. The answer may come compressed; `body` never is. */
export function send(place: Place, path: string, options: RequestOptions = {}): Promise<Reply> {
  const { method = 'GET', cookie, headers = {}, onHint } = options
  return new Promise((resolve, reject) => {
    const all = { 'accept-encoding': 'gzip', ...headers, ...(cookie === undefined ? {} : { cookie }) }
    const request = open(place, { path, method, headers: all })
    const hints: http.InformationEvent[] = []
    request.on('information', hint => {
      hints.push(hint)
      onHint?.()
    })
    request.on('error', reject)
    request.on('response', response => {
      options.onHead?.()
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const setCookies = response.headers['set-cookie'] ?? []
        const bytes = Buffer.concat(chunks)
        const isCompressed = response.headers['content-encoding'] === 'gzip' && bytes.length > 0
        const body = (isCompressed ? gunzipSync(bytes) : bytes).toString()
        const { statusCode: status = 0, statusMessage = '', headers: received } = response
        resolve({ status, statusMessage, headers: received, setCookies, body, hints })
      })
    })
    request.end(options.body)
  })
}

/** Writes text on a raw connection and reads until the server closes it. The text must ask for that. */
export function sendRaw(place: Place, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { atPort: port, isTls } = addressOf(place)
    const to = { port, host: '127.0.0.1' }
    const socket = isTls ? tls.connect({ ...to, rejectUnauthorized: false }) : net.connect(to)
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.write(text, 'latin1')
  })
}

/** Sends a request whose client will not wait for the answer; the returned function breaks the connection off. */
export function sendAndLeave(place: Place, path: string, cookie?: string): () => void {
  const request = open(place, { path, ...(cookie === undefined ? {} : { headers: { cookie } }) })
  // Being cut off is what is asked for.
  request.on('error', () => {})
  request.end()
  return () => request.destroy()
}

function open(place: Place, options: http.RequestOptions): http.ClientRequest {
  const { atPort: port, isTls } = addressOf(place)
  const all = { ...options, port, host: '127.0.0.1', agent: false }
  return isTls ? https.request({ ...all, rejectUnauthorized: false }) : http.request(all)
}

function addressOf(place: Place): { readonly atPort: number; readonly isTls: boolean } {
  return typeof place === 'number' ? { atPort: place, isTls: false } : place
}
