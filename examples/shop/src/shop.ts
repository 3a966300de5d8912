import type { DocumentStore, Scopes } from '@scopes/core'
import { type Inspector, inspector } from '@scopes/inspector/web'
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
  /** Shows the scopes at `/inspector`, to who sits at this machine. */
  readonly inspector: Inspector
  /** Names this process, in its commits as in its answers. */
  readonly process: string
  /** Aborted when the shop closes: answers that would stay for ever end then. */
  readonly closing: AbortSignal
  /** Afterwards nothing of it keeps the process alive; the scopes are the caller's to close. */
  close(): void
}

/** How a shop is opened. */
export interface OpenShopOptions {
  /** That of the scopes. */
  readonly store: DocumentStore
}

/** The shop on open scopes. Rejects when the application's scope cannot be read. */
export async function openShop(scopes: Scopes, { store }: OpenShopOptions): Promise<Shop> {
  const online = await OnlinePeople.open(scopes)
  const live = store.feed ? new LiveView(online, new RecentChanges(scopes)) : undefined
  const closing = new AbortController()
  const looking = inspector({ store, scopes, path: '/inspector' })
  return {
    scopes,
    web: shopWeb(scopes),
    online,
    live,
    inspector: looking,
    process: scopes.process,
    closing: closing.signal,
    close: () => {
      closing.abort()
      live?.close()
      looking.close()
    },
  }
}
