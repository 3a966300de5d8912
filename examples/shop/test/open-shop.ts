import { once } from 'node:events'
import { createServer } from 'node:http'
import { type DocumentStore, type Scopes, memoryStore, openScopes } from '@scopes/core'
import { replicas } from '@scopes/sync'
import { type FaultStore, faultStore } from '@scopes/testing'
import { onTestFinished } from 'vitest'
import { createApp } from '../src/app.ts'
import { openShop } from '../src/shop.ts'

/**
 * A shop in this process, on a store in memory that can be made to fail; closed when the test is over. `isLive`: the store has
 * a feed.
 */
export async function openTestShop({ isLive = true }: { readonly isLive?: boolean } = {}): Promise<{
  readonly url: URL
  readonly scopes: Scopes
  readonly store: FaultStore
}> {
  const store = faultStore(memoryStore(), { seed: 1 })
  const used = isLive ? store : withoutFeed(store)
  const scopes = await openScopes({
    application: 'shop',
    store: used,
    cluster: isLive ? { session: false, client: false, application: false } : true,
    ...(isLive && { cache: replicas() }),
    process: 'worker-1-77',
    commitTimeoutMs: 2000,
  })
  const shop = await openShop(scopes, { store: used })
  const server = createServer(createApp(shop)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    store.faults.calm()
    shop.close()
    server.close()
    server.closeAllConnections()
    await scopes.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The shop has no port.')
  return { url: new URL(`http://127.0.0.1:${address.port}`), scopes, store }
}

function withoutFeed(store: DocumentStore): DocumentStore {
  return {
    capabilities: store.capabilities,
    feed: undefined,
    open: options => store.open(options),
    load: (key, options) => store.load(key, options),
    insert: (key, bytes, options) => store.insert(key, bytes, options),
    append: (key, bytes, token, options) => store.append(key, bytes, token, options),
    replace: (key, bytes, token, options) => store.replace(key, bytes, token, options),
    remove: (key, token, options) => store.remove(key, token, options),
    close: () => store.close(),
  }
}
