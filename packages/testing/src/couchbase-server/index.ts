// A data service of Couchbase in this process: the official SDK connects to it with nothing but its address.
export { startCouchbaseServer, type CouchbaseServer, type CouchbaseServerOptions } from './couchbase-server.ts'
export type { BucketSpec } from './bucket/bucket.ts'
export type { ManifestJson } from './bucket/manifest.ts'
export { parseUsers, type BucketAccess, type ScopeAccess, type User } from './auth/user.ts'

// What a test can do to it: faults on cue, time, vbuckets that move, what is lost in a crash; and what went over the wire.
export type { BucketControls } from './bucket-controls.ts'
export type { Consumer } from './cluster/cluster.ts'
export { freePort } from './cluster/free-port.ts'
export type { VbucketState } from './bucket/vbucket.ts'
export type { Fault, FaultMatch, FaultOptions, Faults, FaultSide, OrderedFault } from './faults.ts'
export type { Interruption, InterruptionMatch, InterruptionOptions } from './interruption.ts'
export { serverClock, type ServerClock } from './server-clock.ts'
export type { Traffic } from './traffic.ts'

// The commands that drive the program `couchbase-test-server`, for a server in this process.
export { serverCommands, type ServerCommands } from './program/server-commands.ts'

// The protocol's own numbers, for faults and counters.
export { OPCODE } from './wire/opcode.ts'
export { STATUS } from './wire/status.ts'
