import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'

/** What is piped into a response at the moment. Listeners cost a response little; see `hold-answer.ts` for what does not. */
export class PipedSources {
  #sources: Set<Readable> | undefined

  constructor(response: ServerResponse) {
    response.on('pipe', source => (this.#sources ??= new Set()).add(source))
    response.on('unpipe', source => this.#sources?.delete(source))
  }

  /** A copy: it does not change any more. */
  now(): ReadonlySet<Readable> {
    return new Set(this.#sources)
  }
}
