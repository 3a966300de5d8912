import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { startCouchbaseServer, STATUS, type CouchbaseServer } from '@scopes/testing/couchbase-server'
import { RawConsumer } from './raw-consumer.ts'

const DEFAULT = { name: '_default', uid: '0', collections: [{ name: '_default', uid: '0' }] }
const APP = {
  name: 'app',
  uid: '8',
  collections: [
    { name: 'sessions', uid: '8' },
    { name: 'clients', uid: '9' },
  ],
}

describe('who may follow changes', () => {
  let server: CouchbaseServer
  beforeEach(async () => {
    server = await startCouchbaseServer({
      buckets: [{ name: 'b', vbuckets: 1, manifest: { uid: '1', scopes: [DEFAULT, APP] } }],
      users: [
        { name: 'reader', password: 'password', buckets: { b: ['Read'] } },
        { name: 'follower', password: 'password', buckets: { b: ['DcpProducer', 'DcpStream'] } },
        {
          name: 'scoped',
          password: 'password',
          buckets: { b: { privileges: ['DcpProducer'], scopes: { 8: { privileges: ['DcpStream', 'Read'] } } } },
        },
        { name: 'looker', password: 'password', buckets: { b: ['DcpProducer', 'Read'] } },
      ],
    })
  })
  afterEach(() => server.close())

  const as = (user: string): Promise<RawConsumer> => RawConsumer.open(server.ports[0] ?? 0, 'b', { user, name: user })

  it('nobody without DcpProducer opens a connection for changes', async () => {
    await expect(as('reader')).rejects.toThrow('DCP_OPEN of the preamble was answered with 0x24')
  })

  it('DcpStream in the bucket opens every stream', async () => {
    const reader = await as('follower')
    expect(await reader.stream()).toMatchObject({ status: STATUS.success })
  })

  it('DcpStream in a scope opens that of the scope and of its collections, and no other', async () => {
    const reader = await as('scoped')
    expect(await reader.stream()).toMatchObject({ status: STATUS.noAccess })
    expect(await reader.stream({ filter: { collections: ['0'] } })).toMatchObject({ status: STATUS.unknownCollection })
    expect(await reader.stream({ filter: { scope: '8' } })).toMatchObject({ status: STATUS.success })
    const other = await RawConsumer.open(server.ports[0] ?? 0, 'b', { user: 'scoped', name: 'other' })
    expect(await other.stream({ filter: { collections: ['8', '9'] } })).toMatchObject({ status: STATUS.success })
  })

  it('without DcpStream a collection that may be read is still not streamed', async () => {
    const reader = await as('looker')
    expect(await reader.stream({ filter: { collections: ['8'] } })).toMatchObject({ status: STATUS.noAccess })
  })
})
