import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { OPCODE, startCouchbaseServer, type CouchbaseServer } from '@scopes/testing/couchbase-server'
import { RawClient } from './raw-client.ts'

const ADMINISTRATOR = 'Administrator:password'

describe('scopes and collections over HTTP', () => {
  let server: CouchbaseServer
  let address: string
  beforeEach(async () => {
    server = await startCouchbaseServer({ buckets: [{ name: 'b' }] })
    const client = await RawClient.open(server.ports[0] ?? 0, 'b')
    const { value } = await client.ask(OPCODE.getClusterConfig)
    await client.end()
    const config = JSON.parse(value.toString()) as { nodesExt: { services: { mgmt: number } }[] }
    address = `http://127.0.0.1:${config.nodesExt[0]?.services.mgmt}`
  })
  afterEach(() => server.close())

  const ask = async (method: string, path: string, { login = ADMINISTRATOR, body = '' } = {}) => {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}`, connection: 'close' },
      ...(method === 'POST' && { body: new URLSearchParams(body) }),
    })
    return { status: response.status, text: await response.text() }
  }

  it.each(['Administrator:wrong', 'nobody:password', 'nonsense'])('nobody is let in by %s', async login => {
    expect(await ask('GET', '/pools/default/buckets/b/scopes', { login })).toMatchObject({ status: 401 })
    expect(await ask('POST', '/pools/default/buckets/b/scopes', { login, body: 'name=x' })).toMatchObject({
      status: 401,
    })
  })

  it('what is made has the next id, and the manifest the next uid', async () => {
    expect(await ask('POST', '/pools/default/buckets/b/scopes', { body: 'name=app' })).toEqual({
      status: 200,
      text: '{"uid":"1"}',
    })
    const made = await ask('POST', '/pools/default/buckets/b/scopes/app/collections', {
      body: 'name=sessions&maxTTL=60',
    })
    expect(made).toEqual({ status: 200, text: '{"uid":"2"}' })
    const { text } = await ask('GET', '/pools/default/buckets/b/scopes')
    expect(JSON.parse(text)).toEqual({
      scopes: [
        { collections: [{ maxTTL: 60, name: 'sessions', uid: '8' }], name: 'app', uid: '8' },
        { collections: [{ name: '_default', uid: '0' }], name: '_default', uid: '0' },
      ],
      uid: '2',
    })
  })

  it.each([
    ['the default scope is dropped', 'DELETE', '/pools/default/buckets/b/scopes/_default', 400],
    ['a scope is dropped that is not there', 'DELETE', '/pools/default/buckets/b/scopes/none', 404],
    [
      'a collection is changed that is not there',
      'PATCH',
      '/pools/default/buckets/b/scopes/_default/collections/x',
      404,
    ],
    ['a bucket is asked for that is not there', 'GET', '/pools/default/buckets/none/scopes', 404],
    ['something is asked for that is not served', 'GET', '/pools/default/buckets', 404],
    ['a scope is fetched alone', 'PUT', '/pools/default/buckets/b/scopes/_default', 404],
  ])('refused when %s', async (_, method, path, status) => {
    expect(await ask(method, path)).toMatchObject({ status })
  })
})
