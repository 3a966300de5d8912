import type { FeedMessage, FeedToken, StoreToken } from '@scopes/core'

import { kindOf } from '../../kind-of.ts'
import type { QueuedMessage } from './message-queue.ts'

/** What the reader of a feed wants to see. */
export interface FeedFilter {
  /** Undefined: all. */
  readonly kinds: ReadonlySet<string> | undefined
  readonly keysOnly: boolean
}

/** What is told of something that has come; undefined: it only moves the position. */
export function feedMessageOf(
  queued: QueuedMessage,
  feedToken: FeedToken,
  { kinds, keysOnly }: FeedFilter,
): FeedMessage | undefined {
  const { vbucket: partition } = queued
  switch (queued.type) {
    case 'item': {
      const { item } = queued
      if (item.type === 'system-event') return undefined
      const { key, cas } = item
      // What is no UTF-8 was not written by this library.
      if (key === undefined || (kinds && !kinds.has(kindOf(key)))) return undefined
      const token = cas as StoreToken
      if (item.type === 'mutation') {
        // A copy: the view would keep all that came in the same read.
        const bytes = keysOnly ? undefined : new Uint8Array(item.body)
        return { type: 'document', key, bytes, token, partition, feedToken }
      }
      const reason = item.type === 'expiration' ? 'expired' : 'deleted'
      return { type: 'removed', key, token, reason, partition, feedToken }
    }
    case 'moved':
      return undefined
    case 'rolled-back':
    case 'lost':
      return { type: queued.type, partition, feedToken }
    case 'caught-up':
      return { type: 'caught-up', asOf: queued.asOf, partition, feedToken }
    default:
      return queued satisfies never
  }
}
