import type { BucketSpec } from '../bucket/bucket.ts'
import type { ManifestJson } from '../bucket/manifest.ts'
import type { VbucketState } from '../bucket/vbucket.ts'
import type { CouchbaseServer } from '../couchbase-server.ts'
import type { Fault } from '../faults.ts'

/** Commands that a server is driven by from outside, each an object that came as JSON. */
export interface ServerCommands {
  /** Resolves when it is carried out; rejects with what is wrong with it. */
  run(command: unknown): Promise<void>
}

/**
 * Commands for that server:
 *
 *     {"op":"up","spec":bucket,"type"?,"name"?}   a fresh bucket, by default `golden`, as the recordings describe it
 *     {"op":"down"}                               that bucket is gone
 *     {"op":"act","name":action,"args":{…}}       an action on it: the recordings' own, and those below
 */
export function serverCommands(server: CouchbaseServer): ServerCommands {
  let bucketName = 'golden'
  const down = async (): Promise<void> => {
    if (server.hasBucket(bucketName)) await server.deleteBucket(bucketName)
  }
  return {
    run: async command => {
      const { op, ...rest } = record(command)
      switch (op) {
        case 'up':
          await down()
          bucketName = rest['name'] === undefined ? 'golden' : text(rest, 'name')
          server.createBucket(bucketSpec(bucketName, record(rest['spec']), rest['type']))
          return
        case 'down':
          return down()
        case 'act':
          return act(server, bucketName, text(rest, 'name'), record(rest['args'] ?? {}))
        default:
          throw new TypeError(`there is no command ${JSON.stringify(op)}: up, down and act are`)
      }
    },
  }
}

function bucketSpec(name: string, spec: Readonly<Record<string, unknown>>, type: unknown): BucketSpec {
  const { vbuckets, compression, replicas, maxTtl, manifest } = spec
  return {
    name,
    type: oneOf(type ?? spec['type'] ?? 'couchstore', ['couchstore', 'ephemeral']),
    vbuckets: vbuckets === undefined ? undefined : number(vbuckets, 'vbuckets'),
    compression: compression === undefined ? undefined : oneOf(compression, ['off', 'passive', 'active']),
    replicas: replicas === undefined ? undefined : number(replicas, 'replicas'),
    maxTtl: maxTtl === undefined ? undefined : number(maxTtl, 'maxTtl'),
    manifest: manifest === undefined || manifest === null ? undefined : (record(manifest) as unknown as ManifestJson),
  }
}

async function act(
  server: CouchbaseServer,
  bucketName: string,
  name: string,
  args: Readonly<Record<string, unknown>>,
): Promise<void> {
  const bucket = () => server.bucket(bucketName)
  switch (name) {
    case 'setManifest':
      return bucket().setManifest(record(args['manifest']) as unknown as ManifestJson)
    case 'pushConfig':
      return server.pushConfig()
    case 'setVbState':
      return bucket().setVbucketState(number(args['vb'], 'vb'), oneOf(args['state'], VBUCKET_STATES))
    case 'moveVb':
      return bucket().moveVbucket(number(args['vb'], 'vb'), number(args['node'], 'node'))
    case 'failover':
      return bucket().failover(
        number(args['vb'], 'vb'),
        args['node'] === undefined ? {} : { node: number(args['node'], 'node') },
      )
    case 'flushParam':
      return flushParam(bucket(), text(args, 'key'), args['value'])
    case 'runExpiryPager':
      return bucket().runExpiryPager()
    case 'stopPersistence':
      return bucket().stopPersistence()
    case 'startPersistence':
      return bucket().startPersistence()
    case 'waitPersisted':
      return bucket().waitPersisted(number(args['vb'], 'vb'), BigInt(number(args['seqno'], 'seqno')))
    case 'compact':
      return bucket().compact(number(args['vb'], 'vb'))
    case 'deleteBucket':
      return server.deleteBucket(bucketName)
    case 'restart':
      return server.restart()
    case 'crash':
      return server.crash()
    case 'disconnectAll':
      return server.disconnectAll()
    case 'advanceClock':
      return server.clock.advance(number(args['ms'], 'ms'))
    case 'fault':
      server.faults.add(fault(record(args['fault'])), record(args['options'] ?? {}))
      return
    case 'splitWrites':
      return server.faults.splitWrites(args['isSplit'] !== false)
    case 'clearFaults':
      return server.faults.clear()
    default:
      throw new TypeError(`there is no action ${JSON.stringify(name)}`)
  }
}

const VBUCKET_STATES = ['active', 'replica', 'pending', 'dead'] as const satisfies readonly VbucketState[]

function flushParam(bucket: ReturnType<CouchbaseServer['bucket']>, key: string, value: unknown): void {
  if (key !== 'exp_pager_stime') throw new TypeError(`there is no parameter ${JSON.stringify(key)}`)
  bucket.setExpiryPagerInterval(number(value, 'value'))
}

function fault(value: Readonly<Record<string, unknown>>): Fault {
  const side = (): 'before' | 'after' => oneOf(value['side'] ?? 'after', ['before', 'after'])
  const type = oneOf(value['type'], ['delay', 'swallow', 'close', 'status'])
  switch (type) {
    case 'delay':
      return { type, side: side(), ms: number(value['ms'], 'ms') }
    case 'swallow':
    case 'close':
      return { type, side: side() }
    case 'status':
      return { type, status: number(value['status'], 'status') }
    default:
      return type satisfies never
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`an object was expected, not ${JSON.stringify(value)}`)
  }
  return value as Readonly<Record<string, unknown>>
}

function text(values: Readonly<Record<string, unknown>>, name: string): string {
  const value = values[name]
  if (typeof value !== 'string') throw new TypeError(`${name} must be text, not ${JSON.stringify(value)}`)
  return value
}

/** The recordings write some numbers as text. */
function number(value: unknown, name: string): number {
  const converted = typeof value === 'string' && value !== '' ? Number(value) : value
  if (typeof converted !== 'number' || !Number.isFinite(converted)) {
    throw new TypeError(`${name} must be a number, not ${JSON.stringify(value)}`)
  }
  return converted
}

function oneOf<const Known extends string>(value: unknown, known: readonly Known[]): Known {
  const found = known.find(entry => entry === value)
  if (found === undefined) throw new TypeError(`${JSON.stringify(value)} is none of ${known.join(', ')}`)
  return found
}
