import { createHash, randomBytes } from 'node:crypto'

import { type FeedOptions, type FeedToken, InvalidArgumentError } from '@scopes/core'

/** What a token says to a polling feed: handed out by itself, by another one on the same bucket, or elsewhere. */
export type TokenOrigin = 'own' | 'same-place' | 'elsewhere'

const grammar = /^polling:1:([0-9a-f]{16}):([0-9a-f]{16})$/

/** Whether this has the form of a token of a polling feed. */
export function isPollingToken(since: FeedOptions['since']): since is FeedToken {
  return since !== undefined && grammar.test(since)
}

/**
 * The one token of a polling feed. It names no position: whoever resumes looks at everything that he holds. It says whether he
 * has been told of what has gone, which only the same feed knows.
 */
export class PollingToken {
  readonly token: FeedToken
  readonly #feed: string = randomBytes(8).toString('hex')
  readonly #place: string

  /** @param place names the bucket, the same in each process */
  constructor(place: string) {
    this.#place = createHash('sha256').update(place).digest('hex').slice(0, 16)
    this.token = `polling:1:${this.#feed}:${this.#place}` as FeedToken
  }

  /** @throws InvalidArgumentError when it is no token of a polling feed. */
  originOf(token: FeedToken): TokenOrigin {
    const [, feed, place] = grammar.exec(token) ?? []
    if (feed === undefined) {
      throw new InvalidArgumentError('since is no token of a polling feed; it must be one, now or beginning.')
    }
    if (place !== this.#place) return 'elsewhere'
    return feed === this.#feed ? 'own' : 'same-place'
  }
}
