import type { BucketSpec } from '../bucket/bucket.ts'
import type { ManifestJson } from '../bucket/manifest.ts'
import type { CouchbaseServer } from '../couchbase-server.ts'
import { ACTIONS } from './actions.ts'
import { objectIn, oneOf, optionalNumberIn, textIn, type JsonObject } from './json-input.ts'

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
 *     {"op":"act","name":action,"args":{…}}       an action on it, see `ACTIONS`
 */
export function serverCommands(server: CouchbaseServer): ServerCommands {
  /** The bucket that actions are about: the last that was brought up. */
  let bucketName = 'golden'
  const down = async (): Promise<void> => {
    if (server.hasBucket(bucketName)) await server.deleteBucket(bucketName)
  }
  return {
    run: async command => {
      const { op, ...rest } = objectIn(command)
      switch (oneOf(op, ['up', 'down', 'act'])) {
        case 'up':
          await down()
          bucketName = rest['name'] === undefined ? 'golden' : textIn(rest, 'name')
          server.createBucket(bucketSpec(bucketName, objectIn(rest['spec']), rest['type']))
          return
        case 'down':
          return down()
        case 'act': {
          const name = textIn(rest, 'name')
          if (name === 'deleteBucket') return server.deleteBucket(bucketName)
          const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
          if (!action) throw new TypeError(`there is no action ${JSON.stringify(name)}`)
          return action(objectIn(rest['args'] ?? {}), server, () => server.bucket(bucketName))
        }
      }
    },
  }
}

function bucketSpec(name: string, spec: JsonObject, type: unknown): BucketSpec {
  const { compression, manifest } = spec
  return {
    name,
    type: oneOf(type ?? spec['type'] ?? 'couchstore', ['couchstore', 'ephemeral']),
    vbuckets: optionalNumberIn(spec, 'vbuckets'),
    compression: compression === undefined ? undefined : oneOf(compression, ['off', 'passive', 'active']),
    replicas: optionalNumberIn(spec, 'replicas'),
    maxTtl: optionalNumberIn(spec, 'maxTtl'),
    manifest: manifest === undefined || manifest === null ? undefined : (objectIn(manifest) as unknown as ManifestJson),
  }
}
