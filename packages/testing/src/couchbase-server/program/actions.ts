import type { BucketControls } from '../bucket-controls.ts'
import type { ManifestJson } from '../bucket/manifest.ts'
import type { CouchbaseServer } from '../couchbase-server.ts'
import type { Fault } from '../faults.ts'
import type { Interruption } from '../interruption.ts'
import { numberIn, objectIn, oneOf, optionalNumberIn, textIn, type JsonObject } from './json-input.ts'

/** What can be done to a server and a bucket of it by name; the first are those of the recorded transcripts. */
export type Action = (args: JsonObject, server: CouchbaseServer, bucket: () => BucketControls) => void | Promise<void>

export const ACTIONS: Readonly<Record<string, Action>> = {
  setManifest: ({ manifest }, _, bucket) => bucket().setManifest(objectIn(manifest) as unknown as ManifestJson),
  pushConfig: (_, server) => server.pushConfig(),
  setVbState: (args, _, bucket) =>
    bucket().setVbucketState(numberIn(args, 'vb'), oneOf(args['state'], ['active', 'replica', 'pending', 'dead'])),
  flushParam: (args, _, bucket) => bucket().setExpiryPagerInterval(pagerSeconds(args)),
  dcpParam: (args, _, bucket) => {
    oneOf(textIn(args, 'key'), ['dcp_idle_timeout'])
    bucket().setDcpIdleTimeout(numberIn(args, 'value'))
  },
  stopPersistence: (_, __, bucket) => bucket().stopPersistence(),
  waitPersisted: (args, _, bucket) => bucket().waitPersisted(numberIn(args, 'vb'), BigInt(numberIn(args, 'seqno'))),
  settle: (args, _, bucket) => bucket().settle(numberIn(args, 'vb')),
  compact: (args, _, bucket) => bucket().compact(numberIn(args, 'vb'), { dropDeletes: args['dropDeletes'] !== false }),
  restart: (_, server) => server.restart(),
  crash: (_, server) => server.crash(),

  startPersistence: (_, __, bucket) => bucket().startPersistence(),
  runExpiryPager: (_, __, bucket) => bucket().runExpiryPager(),
  moveVb: (args, _, bucket) => bucket().moveVbucket(numberIn(args, 'vb'), numberIn(args, 'node')),
  failover: (args, _, bucket) => {
    const node = optionalNumberIn(args, 'node')
    bucket().failover(numberIn(args, 'vb'), node === undefined ? {} : { node })
  },
  goDown: (args, server) => server.goDown(optionalNumberIn(args, 'node')),
  comeUp: (args, server) => server.comeUp(optionalNumberIn(args, 'node')),
  freeze: (args, server) => server.freeze(optionalNumberIn(args, 'node')),
  thaw: (args, server) => server.thaw(optionalNumberIn(args, 'node')),
  flush: (_, __, bucket) => bucket().flush(),
  interrupt: (args, server) => {
    server.faults.interrupt(interruptionIn(objectIn(args['interruption'])), objectIn(args['options'] ?? {}))
  },
  disconnectAll: (_, server) => server.disconnectAll(),
  advanceClock: (args, server) => server.clock.advance(numberIn(args, 'ms')),
  fault: (args, server) => {
    server.faults.add(faultIn(objectIn(args['fault'])), objectIn(args['options'] ?? {}))
  },
  splitWrites: ({ isSplit }, server) => server.faults.splitWrites(isSplit !== false),
  clearFaults: (_, server) => server.faults.clear(),
}

/** Recorded as `{key, value}`, described as `{exp_pager_stime}`. */
function pagerSeconds(args: JsonObject): number {
  const name = 'exp_pager_stime'
  if (args['key'] === undefined) return numberIn(args, name)
  oneOf(textIn(args, 'key'), [name])
  return numberIn(args, 'value')
}

/** Faults that need nobody to release them. */
function faultIn(args: JsonObject): Fault {
  const type = oneOf(args['type'], ['delay', 'swallow', 'close', 'status'])
  const side = oneOf(args['side'] ?? 'after', ['before', 'after'])
  switch (type) {
    case 'delay':
      return { type, side, ms: numberIn(args, 'ms') }
    case 'swallow':
    case 'close':
      return { type, side }
    case 'status':
      return { type, status: numberIn(args, 'status') }
    default:
      return type satisfies never
  }
}

/** Nobody releases what is frozen: it stays so. */
function interruptionIn(args: JsonObject): Interruption {
  const type = oneOf(args['type'], ['cut', 'freeze'])
  return type === 'cut' ? { type, bytes: optionalNumberIn(args, 'bytes') ?? 0 } : { type }
}
