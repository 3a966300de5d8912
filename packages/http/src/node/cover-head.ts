import type { ServerResponse } from 'node:http'
import { headersSentError } from './node-errors.ts'

/** Where Node keeps the head that is out, as text; null before. http2's compatible response has no such property. */
const headKey = '_header'

type MarkedResponse = ServerResponse & { [headKey]?: string | null }

/**
 * Afterwards the response looks like one whose head is out, until the returned function is called. Without this, code that
 * asks "already answered?" answers twice, and a compressor writes the head twice.
 */
export function coverHead(response: ServerResponse, hasEnded: () => boolean): () => void {
  if (!Object.hasOwn(response, headKey)) return coverFunctions(response, hasEnded)
  const marked: MarkedResponse = response
  const before = marked[headKey] ?? null
  // With it Node itself refuses headers. Properties of our own for each of them would cost as much as the commit.
  marked[headKey] ??= '\r\n'
  coverEnd(response, hasEnded)
  return () => {
    marked[headKey] = before
  }
}

/** Stays on the response: to take it off again would make all that follows slow. */
function coverEnd(response: ServerResponse, hasEnded: () => boolean): void {
  const get = (): boolean =>
    hasEnded() || Reflect.get(Object.getPrototypeOf(response) as ServerResponse, 'writableEnded', response)
  Object.defineProperty(response, 'writableEnded', { get, configurable: true })
}

function coverFunctions(response: ServerResponse, hasEnded: () => boolean): () => void {
  const refuse = (what: Parameters<typeof headersSentError>[0]) => (): never => {
    throw headersSentError(what)
  }
  const cover: PropertyDescriptorMap = {
    headersSent: { get: () => true },
    writableEnded: { get: hasEnded },
    setHeader: { value: refuse('set') },
    setHeaders: { value: refuse('set') },
    appendHeader: { value: refuse('append') },
    removeHeader: { value: refuse('remove') },
  }
  const names = Object.keys(cover)
  const before = names.map(name => Object.getOwnPropertyDescriptor(response, name))
  for (const name of names) Object.defineProperty(response, name, { ...cover[name], configurable: true })
  return () => {
    names.forEach((name, index) => {
      const descriptor = before[index]
      if (descriptor) Object.defineProperty(response, name, descriptor)
      else Reflect.deleteProperty(response, name)
    })
  }
}
