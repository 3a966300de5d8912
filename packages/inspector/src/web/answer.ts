import type { ServerResponse } from 'node:http'

/** Nothing of another site is loaded, nothing is framed, and nothing is kept by a cache. */
const safeHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** What is sent. */
export interface Answer {
  readonly status: number
  readonly type: 'text/html' | 'text/css' | 'text/javascript' | 'text/plain' | 'application/json' | 'image/svg+xml'
  readonly body: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Sends the answer with the headers that every answer of the inspector has. */
export function send(response: ServerResponse, { status, type, body, headers }: Answer): void {
  response.writeHead(status, { ...safeHeaders, 'content-type': `${type}; charset=utf-8`, ...headers })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

/** The data as JSON. */
export function json(data: unknown, status = 200): Answer {
  return { status, type: 'application/json', body: JSON.stringify(data) }
}

/** Leads to another address. */
export function redirect(location: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 303, type: 'text/plain', body: '', headers: { ...headers, location } }
}

/** Begins an answer of server-sent events. */
export function beginEvents(response: ServerResponse): void {
  response.writeHead(200, {
    ...safeHeaders,
    'content-type': 'text/event-stream',
    // A cache or a compressor would keep events to itself.
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
}
