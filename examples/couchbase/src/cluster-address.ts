import { startCouchbaseServer } from '@scopes/testing/couchbase-server'

/**
 * The address of the bucket: that of `COUCHBASE_URL`, else of a test server in this process, which forgets everything when
 * the process ends. Other processes may use either.
 */
export async function clusterAddress(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { COUCHBASE_URL: url } = environment
  if (url !== undefined) return url
  const server = await startCouchbaseServer({ buckets: [{ name: 'scopes' }] })
  const [port] = server.ports
  return `couchbase://Administrator:password@127.0.0.1:${port}/scopes`
}
