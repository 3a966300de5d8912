import { openScopes } from '@scopes/core'
import { couchbaseStore, parseCouchbaseUrl } from '@scopes/couchbase'
import { clusterAddress } from './cluster-address.ts'
import { Session, type SessionState } from './session.ts'

// Writes nothing: prints what other processes change, pushed by the data service as it happens.
const store = couchbaseStore(parseCouchbaseUrl(await clusterAddress()))
const scopes = await openScopes({ application: 'example', store, openTimeoutMs: 60_000 })

let isFollowing = false
scopes.changes({ kinds: [Session] }).subscribe(change => {
  if (change.type === 'caught-up' || !('key' in change)) {
    // The first word of the feed: every part of the bucket has its place, and nothing is missed from here on.
    if (!isFollowing) console.log('following')
    isFollowing = true
    return
  }
  const { visits } = (change.value ?? { visits: 0 }) as SessionState
  console.log(`${change.key.id.slice(0, 8)} ${change.type} ${visits}`)
})

process.once('SIGTERM', () => void scopes.close().then(() => process.exit()))
