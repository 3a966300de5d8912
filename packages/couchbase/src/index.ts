// The store: documents in a Couchbase bucket, by the official SDK, for all processes of all machines.
export { couchbaseStore, type CouchbaseStore } from './couchbase-store.ts'
export type { CouchbaseDurability, CouchbaseStoreOptions } from './options.ts'
export type { CouchbaseDcpOptions, CouchbaseFeedOptions, CouchbasePollingOptions } from './feed-options.ts'

// Its options in one text, for a setting of a deployment.
export { parseCouchbaseUrl, type CouchbaseAddress } from './parse-couchbase-url.ts'

// What happens inside, by node:diagnostics_channel.
export { type FeedTroubleMessage, diagnostics } from './diagnostics.ts'
