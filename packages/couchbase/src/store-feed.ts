import { type DcpFeed, type DcpFeedStore, dcpFeed } from './dcp/feed/dcp-feed.ts'
import type { StoreSettings } from './options.ts'

/** The changes feed that the settings ask for; undefined: none. */
export function storeFeed(settings: StoreSettings, store: DcpFeedStore): DcpFeed | undefined {
  const { feed } = settings
  switch (feed.type) {
    case 'none':
      return undefined
    case 'dcp':
      return dcpFeed({ ...settings, dcp: feed.dcp }, store)
    default:
      return feed satisfies never
  }
}
