import type { RealServer } from './real-server.ts'

const image = 'couchbase/server:community-7.6.2'
const user = { username: 'Administrator', password: 'password' }
const bucket = 'scopes'

/** How long a server may take to start, in milliseconds; the image may have to be fetched. */
const startMs = 300_000

/**
 * A server of one node in a container. Rejects when there is no container runtime, also where its client cannot even be
 * loaded: it needs a newer Node than this library.
 */
export async function couchbaseContainer(name: string = image): Promise<Extract<RealServer, { type: 'found' }>> {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers')
  await getContainerRuntimeClient()
  const container = await new GenericContainer(name)
    .withExposedPorts(8091, 11_210)
    .withWaitStrategy(Wait.forHttp('/ui/index.html', 8091))
    .withStartupTimeout(startMs)
    .start()
  try {
    const host = container.getHost()
    const ports = { mgmt: container.getMappedPort(8091), kv: container.getMappedPort(11_210) }
    await setUp(`http://${host}:${ports.mgmt}`, { hostname: host, mgmt: String(ports.mgmt), kv: String(ports.kv) })
    const connectionString = `couchbase://${host}:${ports.kv}`
    return {
      type: 'found',
      name,
      options: { ...user, connectionString, bucket },
      stop: async () => void (await container.stop()),
    }
  } catch (error) {
    await container.stop()
    throw error
  }
}

/** Makes a cluster of the one node, which is reached by `outside`, with the bucket in it. */
async function setUp(url: string, outside: Readonly<Record<string, string>>): Promise<void> {
  const cluster = {
    ...user,
    hostname: '127.0.0.1',
    port: 'SAME',
    services: 'kv',
    memoryQuota: '256',
    sendStats: 'false',
  }
  await ask('POST', `${url}/clusterInit`, cluster)
  await ask('PUT', `${url}/node/controller/setupAlternateAddresses/external`, outside)
  const settings = { name: bucket, bucketType: 'couchbase', ramQuota: '128', replicaNumber: '0' }
  await ask('POST', `${url}/pools/default/buckets`, settings)
}

async function ask(method: string, url: string, form: Readonly<Record<string, string>>): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`
  const answer = await fetch(url, { method, headers: { authorization }, body: new URLSearchParams(form) })
  if (!answer.ok) throw new Error(`${method} ${url} was answered by ${answer.status}: ${await answer.text()}`)
}
