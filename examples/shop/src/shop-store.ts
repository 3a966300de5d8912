import { join } from 'node:path'
import type { DocumentStore, OpenScopesOptions } from '@scopes/core'
import { couchbaseStore, parseCouchbaseUrl } from '@scopes/couchbase'
import { sqliteStore } from '@scopes/sqlite'
import { replicas } from '@scopes/sync'
import type { ShopOptions } from './options.ts'

/** Where the shop keeps its scopes, and how they are read there. */
export type ShopStore = Required<Pick<OpenScopesOptions, 'store' | 'cluster'>> & Pick<OpenScopesOptions, 'cache'>

/** The store that the options name: a file, or a Couchbase bucket. */
export function shopStore({ data, store: address }: Pick<ShopOptions, 'data' | 'store'>): ShopStore {
  return {
    store: address === undefined ? sqliteStore({ path: join(data, 'shop.db') }) : onCouchbase(address),
    // Memory answers, and the feed keeps it current in every worker. What a visitor has written himself each of them shows
    // him at once, by the stamp in his cookie.
    cluster: { session: false, client: false, application: false },
    cache: replicas(),
  }
}

function onCouchbase(address: string): DocumentStore {
  const { COUCHBASE_USERNAME: username, COUCHBASE_PASSWORD: password } = process.env
  return couchbaseStore({ username, password, ...parseCouchbaseUrl(address) })
}
