import { lostIncrements } from './conflicts/lost-increments.ts'
import { couchbaseBytes } from './couchbase/couchbase-bytes.ts'
import { couchbaseCommits } from './couchbase/couchbase-commits.ts'
import { couchbaseFeed } from './couchbase/couchbase-feed.ts'
import { frameworkComparison } from './frameworks/framework-comparison.ts'
import { httpComparison } from './http/comparison.ts'
import { firstPaint } from './inspector/first-paint.ts'
import { backups } from './inspector/backups.ts'
import { appendBytes } from './micro/append-bytes.ts'
import { arrayEdits } from './micro/array-edits.ts'
import { dcpParse } from './micro/dcp-parse.ts'
import { feedDelay } from './micro/feed-delay.ts'
import { hotScope } from './micro/hot-scope.ts'
import { locks } from './micro/locks.ts'
import { lostUpdates } from './micro/lost-updates.ts'
import { merge } from './micro/merge.ts'
import { reaper } from './micro/reaper.ts'
import { replicaDelay } from './micro/replica-delay.ts'
import { replicaRead } from './micro/replica-read.ts'
import { replicas } from './micro/replicas.ts'
import { roundTrips } from './micro/round-trips.ts'
import { telemetry } from './micro/telemetry.ts'
import { update } from './micro/update.ts'
import type { Suite } from './suite.ts'

/** Every suite by its name, in the order in which they run. */
export const suites: Readonly<Record<string, Suite>> = {
  'lost-updates': lostUpdates,
  'lost-http': lostIncrements,
  http: httpComparison,
  frameworks: frameworkComparison,
  'replica-read': replicaRead,
  replicas,
  update,
  merge,
  'append-bytes': appendBytes,
  'array-edits': arrayEdits,
  'round-trips': roundTrips,
  'feed-delay': feedDelay,
  'replica-delay': replicaDelay,
  'hot-scope': hotScope,
  locks,
  reaper,
  telemetry,
  backups,
  'dcp-parse': dcpParse,
  'inspector-paint': firstPaint,
  'couchbase-commits': couchbaseCommits,
  'couchbase-bytes': couchbaseBytes,
  'couchbase-feed': couchbaseFeed,
}
