import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ScopeGate } from '../gate.ts'
import type { Definitions } from '../options.ts'
import type { RequestMeta, ScopeRequest } from '../scope-request.ts'
import { atWriteHead } from './at-write-head.ts'
import { type AnswerHolder, holdAnswer } from './hold-answer.ts'
import { PipedSources } from './piped-sources.ts'

/** What all requests of a middleware have in common. */
export interface ExchangeParts<D extends Definitions> {
  readonly gate: ScopeGate<D>
  readonly isSecure: (request: IncomingMessage) => boolean
  readonly renew: ((request: IncomingMessage) => boolean) | undefined
  readonly requestId: ((request: IncomingMessage) => string | undefined) | undefined
}

/**
 * A request of Node with its response, for frameworks without a hook before the head. Costs next to nothing before a scope
 * is asked for, and leaves the response as it is until the head has something to wait for, or to tell.
 */
export class Exchange<D extends Definitions> implements RequestMeta, AnswerHolder {
  readonly #parts: ExchangeParts<D>
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #next: (error?: unknown) => void
  #scopes: ScopeRequest<D> | undefined
  #sources: PipedSources | undefined

  /** @param next told of a commit that failed */
  constructor(
    parts: ExchangeParts<D>,
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ) {
    this.#parts = parts
    this.#request = request
    this.#response = response
    this.#next = next
  }

  get scopes(): ScopeRequest<D> {
    if (this.#scopes === undefined) {
      this.#sources = new PipedSources(this.#response)
      this.#scopes = this.#parts.gate.begin(this.#request.headers.cookie, this)
    }
    return this.#scopes
  }

  isSecure(): boolean {
    return this.#parts.isSecure(this.#request)
  }

  mayRenew(): boolean {
    return this.#parts.renew?.(this.#request) ?? true
  }

  get requestId(): string | undefined {
    return this.#parts.requestId?.(this.#request)
  }

  watchAnswer(): boolean {
    const response = this.#response
    if (response.headersSent) return false
    atWriteHead(response, () => this.scopes.setCookies())
    holdAnswer(response, this, this.#sources)
    return true
  }

  beforeHeaders(status: number): Promise<void> | undefined {
    return this.scopes.beforeHeaders(status)
  }

  fail(error: unknown): void {
    this.#next(error)
  }
}
