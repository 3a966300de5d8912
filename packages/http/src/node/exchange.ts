import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Definitions } from '../options.ts'
import { WebRequest, type WebRequestParts } from '../web-request.ts'
import type { ScopeRequest } from '../scope-request.ts'
import { atWriteHead } from './at-write-head.ts'
import { type AnswerHolder, holdAnswer } from './hold-answer.ts'
import { loosenShape } from './loosen-shape.ts'
import { PipedSources } from './piped-sources.ts'

/**
 * A request of Node with its response, for frameworks without a hook before the head. Leaves the response as it is until the
 * head has something to wait for, or to tell.
 */
export class Exchange extends WebRequest<IncomingMessage> implements AnswerHolder {
  readonly #response: ServerResponse
  readonly #next: (error?: unknown) => void
  #sources: PipedSources | undefined

  /** @param next told of a commit that failed */
  constructor(
    parts: WebRequestParts<IncomingMessage>,
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ) {
    super(parts, request)
    this.#response = response
    this.#next = next
  }

  override get scopes(): ScopeRequest<Definitions> {
    this.#sources ??= new PipedSources(this.#response)
    return super.scopes
  }

  watchAnswer(): boolean {
    const response = this.#response
    if (response.headersSent) return false
    loosenShape(response)
    atWriteHead(response, () => this.setCookies())
    holdAnswer(response, this, this.#sources)
    return true
  }

  fail(error: unknown): void {
    this.#next(error)
  }
}
