import type { ServerResponse } from 'node:http'
import { WebRequest, type WebRequestParts } from '../web-request.ts'
import { atWriteHead } from './at-write-head.ts'

/**
 * A request with its response of Node, for frameworks that wait before the head by themselves: the adapter awaits
 * `beforeHeaders` in their hook. A head that a handler writes past the framework cannot wait; see `beforeRawHead`.
 */
export class HookedExchange<From> extends WebRequest<From> {
  readonly #response: ServerResponse

  constructor(parts: WebRequestParts<From>, from: From, response: ServerResponse) {
    super(parts, from)
    this.#response = response
  }

  watchAnswer(): boolean {
    if (this.#response.headersSent) return false
    atWriteHead(this.#response, status => {
      this.scopes.beforeRawHead(status)
      return this.setCookies()
    })
    return true
  }
}
