import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { parseUsers, type User } from '../auth/user.ts'
import type { BucketSpec } from '../bucket/bucket.ts'
import type { ManifestJson } from '../bucket/manifest.ts'
import type { CouchbaseServerOptions } from '../couchbase-server.ts'

/** What the program was started with. */
export interface ProgramOptions {
  readonly server: CouchbaseServerOptions
  /** Commands are read from standard input. */
  readonly isControlled: boolean
  readonly wantsHelp: boolean
}

export const USAGE = `couchbase-test-server [options]

A data service of Couchbase for tests. Prints one line of JSON when it is ready and stops on SIGTERM or SIGINT.

  --port n               port of the first node, the others' follow (default 0: any)
  --host address         address to listen at (default 127.0.0.1)
  --nodes n              nodes of the cluster (default 1)
  --bucket name[:vbuckets[:ephemeral]]
                         a bucket, may be repeated (default: default:64, none with --control)
  --manifest file.json   scopes and collections of the buckets
  --user name:password   somebody who may do everything, may be repeated (default: Administrator:password)
  --users file.json      users with their privileges
  --seed n               of the chances of faults (default 1)
  --control              reads commands as lines of JSON from standard input and answers each with a line: ok, or error: why;
                         stops when standard input ends`

/** Reads the command line; throws with what is wrong with it. */
export function programOptions(args: readonly string[]): ProgramOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      nodes: { type: 'string', default: '1' },
      bucket: { type: 'string', multiple: true },
      manifest: { type: 'string' },
      user: { type: 'string', multiple: true, default: [] },
      users: { type: 'string' },
      seed: { type: 'string', default: '1' },
      control: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { bucket, control, users: usersFile } = values
  const manifest = values.manifest === undefined ? undefined : (readJson(values.manifest) as ManifestJson)
  const users = [
    ...values.user.map(userOf),
    ...(usersFile === undefined ? [] : parseUsers(readFileSync(usersFile, 'utf8'))),
  ]
  return {
    server: {
      host: values.host,
      port: wholeNumber('--port', values.port),
      nodes: wholeNumber('--nodes', values.nodes),
      seed: wholeNumber('--seed', values.seed),
      buckets: (bucket ?? (control ? [] : ['default'])).map(text => bucketOf(text, manifest)),
      ...(users.length > 0 && { users }),
    },
    isControlled: control,
    wantsHelp: values.help,
  }
}

function bucketOf(text: string, manifest: ManifestJson | undefined): BucketSpec {
  const [name = '', vbuckets = '64', type = 'couchstore', ...rest] = text.split(':')
  if (rest.length > 0 || (type !== 'couchstore' && type !== 'ephemeral')) {
    throw new TypeError(`--bucket is name[:vbuckets[:ephemeral]], not ${text}`)
  }
  return { name, vbuckets: wholeNumber('--bucket', vbuckets), type, manifest }
}

function userOf(text: string): User {
  const colon = text.indexOf(':')
  if (colon < 1) throw new TypeError(`--user is name:password, not ${text}`)
  return { name: text.slice(0, colon), password: text.slice(colon + 1) }
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`${option} needs a whole number, not ${text}`)
  return Number(text)
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
