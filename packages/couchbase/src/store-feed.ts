import { systemClock } from '@scopes/core'

import { AutoFeed } from './auto-feed.ts'
import { type DcpFeed, type DcpFeedStore, dcpFeed } from './dcp/feed/dcp-feed.ts'
import type { StoreSettings } from './options.ts'
import type { PolledStore } from './polling/polled-store.ts'
import { PollingFeed } from './polling/polling-feed.ts'

/** What the feeds ask of their store. */
export interface FeedStore extends DcpFeedStore, PolledStore {}

/** The changes feed that the settings ask for; undefined: none. It ends with its store. */
export function storeFeed(settings: StoreSettings, store: FeedStore): DcpFeed | undefined {
  const { feed, place, scope } = settings
  const polling = (intervalMs: number): PollingFeed =>
    new PollingFeed({ store, clock: systemClock, intervalMs, place: `${scope} in ${place}` })
  switch (feed.type) {
    case 'none':
      return undefined
    case 'dcp':
      return dcpFeed({ ...settings, dcp: feed.dcp }, store)
    case 'polling':
      return polling(feed.intervalMs)
    case 'auto': {
      const dcp = dcpFeed({ ...settings, dcp: feed.dcp }, store)
      return new AutoFeed({ dcp, polling: polling(feed.intervalMs), place })
    }
    default:
      return feed satisfies never
  }
}
