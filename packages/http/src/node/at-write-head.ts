import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import { type AnswerHeaders, makePrivate } from '../private-answer.ts'

/** The Set-Cookie lines to be appended to the head that is written now. What it throws reaches the caller, and there is no head. */
export type CookieSource = (status: number) => readonly string[]

/** The sources of each response: whoever replaces its functions cannot lose them. Not on the response, see `hold-answer.ts`. */
const sourcesOf = new WeakMap<ServerResponse, CookieSource[]>()

type Headers =
  | Readonly<Record<string, OutgoingHttpHeader>>
  | readonly OutgoingHttpHeader[]
  | readonly (readonly [string, OutgoingHttpHeader])[]

/**
 * Afterwards every final head of this response carries the lines of `source`, asked for in the instant in which it is written,
 * beside the Set-Cookie lines that the application has set, in whichever way. With such a line no shared cache may keep the answer. Node writes every head by `writeHead`:
 * implicit ones, those of pipes and of `flushHeaders`, and those of http2's compatible response too.
 */
export function atWriteHead(response: ServerResponse, source: CookieSource): void {
  const sources = sourcesOf.get(response)
  if (sources) {
    sources.push(source)
    return
  }
  const cookieSources = [source]
  sourcesOf.set(response, cookieSources)
  const writeHead = response.writeHead.bind(response) as (status: number, message?: string) => ServerResponse
  response.writeHead = (status: number, ...rest: readonly unknown[]): ServerResponse => {
    const message = typeof rest[0] === 'string' ? rest[0] : undefined
    const withHead = (): ServerResponse => (message === undefined ? writeHead(status) : writeHead(status, message))
    // Node throws, and no cookie is promised to anybody.
    if (response.headersSent) return withHead()
    const headers = (message === undefined ? (rest[0] ?? rest[1]) : rest[1]) as Headers | undefined
    if (headers) moveHeaders(response, headers)
    const own = response.getHeader('set-cookie')
    try {
      const lines = cookieSources.flatMap(linesOf => linesOf(status))
      for (const line of lines) response.appendHeader('set-cookie', line)
      if (lines.length > 0) makePrivate(headersOf(response))
      return withHead()
    } catch (error) {
      // The error page is written by another writeHead, which asks again.
      if (own === undefined) response.removeHeader('set-cookie')
      else response.setHeader('set-cookie', own)
      throw error
    }
  }
}

function headersOf(response: ServerResponse): AnswerHeaders {
  return {
    names: () => response.getHeaderNames(),
    get: name => response.getHeader(name)?.toString(),
    set: (name, value) => void response.setHeader(name, value),
    remove: name => response.removeHeader(name),
  }
}

/** What Node does with headers given to `writeHead` beside those that were set: theirs replace, and may repeat a name. */
function moveHeaders(response: ServerResponse, headers: Headers): void {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    return
  }
  const pairs = Array.isArray(headers[0]) ? (headers as [string, OutgoingHttpHeader][]) : pairsOf(headers)
  for (const [name] of pairs) response.removeHeader(name)
  for (const [name, value] of pairs) response.appendHeader(name, typeof value === 'number' ? String(value) : value)
}

function pairsOf(flat: readonly OutgoingHttpHeader[]): [string, OutgoingHttpHeader][] {
  const pairs: [string, OutgoingHttpHeader][] = []
  for (let index = 0; index + 1 < flat.length; index += 2) pairs.push([String(flat[index]), flat[index + 1] ?? ''])
  return pairs
}
