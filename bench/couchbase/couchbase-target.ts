import { type CouchbaseAddress, parseCouchbaseUrl } from '@scopes/couchbase'
import { startChild } from '../child.ts'
import type { ServerInput, ServerReport } from './server-process.ts'

/** The server that is measured against. */
export interface CouchbaseTarget {
  /** What the store is opened with. */
  readonly options: CouchbaseAddress
  /** For notes. */
  readonly name: string
  /** What the server got since the last question; undefined where only the server itself could tell, and it does not. */
  readonly traffic: (() => Promise<ServerReport>) | undefined
  stop(): Promise<void>
}

/** The server that `COUCHBASE_URL` names, else the test server in a process of its own. */
export async function couchbaseTarget(input: ServerInput): Promise<CouchbaseTarget> {
  const { COUCHBASE_URL: url, COUCHBASE_USERNAME: username, COUCHBASE_PASSWORD: password } = process.env
  if (url !== undefined) {
    const options = { username, password, ...parseCouchbaseUrl(url) }
    return { options, name: 'the server of COUCHBASE_URL', traffic: undefined, stop: async () => {} }
  }
  const child = startChild<ServerReport>(new URL('server-process.js', import.meta.url), input)
  const { connectionString } = await child.next()
  return {
    options: { connectionString, bucket: input.bucket, username: 'Administrator', password: 'password' },
    name: 'the test server',
    traffic: () => {
      child.send({})
      return child.next()
    },
    stop: () => child.stop(),
  }
}
