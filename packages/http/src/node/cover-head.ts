import type { ServerResponse } from 'node:http'
import { headersSentError } from './node-errors.ts'

/**
 * Afterwards the response looks like one whose head is out, until the returned function is called. Without this, code that
 * asks "already answered?" answers twice, and a compressor writes the head twice.
 */
export function coverHead(response: ServerResponse, hasEnded: () => boolean): () => void {
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
