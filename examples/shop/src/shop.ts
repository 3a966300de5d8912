import type { Scopes } from '@scopes/core'
import { LiveView } from './live-view.ts'
import { OnlinePeople } from './online-people.ts'
import { RecentChanges } from './recent-changes.ts'
import { type ShopWeb, shopWeb } from './shop-web.ts'

/** What the routes of one process work with. */
export interface Shop {
  readonly web: ShopWeb
  readonly online: OnlinePeople
  readonly changes: RecentChanges
  readonly live: LiveView
  /** Names this process, in its commits as in its answers. */
  readonly process: string
  /** Aborted when the shop closes: answers that would stay for ever end then. */
  readonly closing: AbortSignal
  /** Afterwards nothing of it keeps the process alive; the scopes are the caller's to close. */
  close(): void
}

/** The shop on open scopes. Rejects when the application's scope cannot be read. */
export async function openShop(scopes: Scopes): Promise<Shop> {
  const online = await OnlinePeople.open(scopes)
  const changes = new RecentChanges(scopes)
  const live = new LiveView(online, changes)
  const closing = new AbortController()
  return {
    web: shopWeb(scopes),
    online,
    changes,
    live,
    process: scopes.process,
    closing: closing.signal,
    close: () => {
      closing.abort()
      live.close()
      changes.close()
    },
  }
}
