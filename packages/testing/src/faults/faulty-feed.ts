import type { ChangeFeed } from '@scopes/core'

import type { FeedTroubles } from './feed-troubles.ts'
import { FaultyReading } from './faulty-reading.ts'

/** The feed, with what the plan says happening to its messages. */
export function faultyFeed(feed: ChangeFeed, troubles: FeedTroubles): ChangeFeed {
  return {
    // What they are may be known only when it has been opened.
    get coverage() {
      return feed.coverage
    },
    get partitions() {
      return feed.partitions
    },
    // The inner feed is opened here and now: it may take its start from this moment.
    open: (options = {}) => {
      const messages = feed.open(options)
      return {
        [Symbol.asyncIterator]: () => {
          const open = (since: typeof options.since) => feed.open({ ...options, since })[Symbol.asyncIterator]()
          return new FaultyReading(messages[Symbol.asyncIterator](), {
            troubles,
            open,
            partitions: () => feed.partitions,
            signal: options.signal,
          })
        },
      }
    },
    probe: async options => {
      troubles.checkFailing()
      await feed.probe(options)
    },
  }
}
