import type { Scopes } from '@scopes/core'
import { LiveView } from './live-view.ts'
import { OnlinePeople } from './online-people.ts'
import { RecentChanges } from './recent-changes.ts'
import { type ShopWeb, shopWeb } from './shop-web.ts'

/** What the routes of one process work with. */
export interface Shop {
  readonly scopes: Scopes
  readonly web: ShopWeb
  readonly online: OnlinePeople
  /** What happens in the shop while it happens; undefined: the store has no feed that would tell. */
  readonly live: LiveView | undefined
  /** Names this process, in its commits as in its answers. */
  readonly process: string
  /** Aborted when the shop closes: answers that would stay for ever end then. */
  readonly closing: AbortSignal
  /** Afterwards nothing of it keeps the process alive; the scopes are the caller's to close. */
  close(): void
}

/** How a shop is opened. */
export interface OpenShopOptions {
  /** The store has a feed. */
  readonly isLive: boolean
}

/** The shop on open scopes. Rejects when the application's scope cannot be read. */
export async function openShop(scopes: Scopes, { isLive }: OpenShopOptions): Promise<Shop> {
  const online = await OnlinePeople.open(scopes)
  const live = isLive ? new LiveView(online, new RecentChanges(scopes)) : undefined
  const closing = new AbortController()
  return {
    scopes,
    web: shopWeb(scopes),
    online,
    live,
    process: scopes.process,
    closing: closing.signal,
    close: () => {
      closing.abort()
      live?.close()
    },
  }
}
