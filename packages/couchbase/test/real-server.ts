import { couchbaseContainer } from './couchbase-container.ts'
import type { CouchbaseStoreOptions } from '../src/options.ts'
import { parseCouchbaseUrl } from '../src/parse-couchbase-url.ts'

/** A real Couchbase Server to run on, or why there is none. */
export type RealServer =
  | {
      readonly type: 'found'
      /** Where it came from. */
      readonly name: string
      readonly options: CouchbaseStoreOptions
      readonly stop: () => Promise<void>
    }
  | { readonly type: 'none'; readonly reason: string }

/**
 * The server that `COUCHBASE_URL` names (its user may create collections in the bucket), else one in a container. Rejects
 * where `REQUIRE_CONTAINERS` is set and there is neither.
 */
export async function findRealServer(environment: NodeJS.ProcessEnv = process.env): Promise<RealServer> {
  const { COUCHBASE_URL: url, COUCHBASE_USERNAME: username, COUCHBASE_PASSWORD: password } = environment
  if (url !== undefined) {
    const options = { username, password, ...parseCouchbaseUrl(url) }
    return { type: 'found', name: options.connectionString, options, stop: async () => {} }
  }
  try {
    return await couchbaseContainer(environment['COUCHBASE_IMAGE'])
  } catch (error) {
    if (environment['REQUIRE_CONTAINERS'] !== undefined) throw error
    const reason = error instanceof Error ? error.message : String(error)
    return { type: 'none', reason: `no COUCHBASE_URL, and no container: ${reason}` }
  }
}
