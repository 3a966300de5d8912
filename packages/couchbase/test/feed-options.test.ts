import { InvalidArgumentError } from '@scopes/core'
import { CertificateAuthenticator, type Cluster, JwtAuthenticator } from 'couchbase'
import { describe, expect, test } from 'vitest'

import { couchbaseStore } from '../src/couchbase-store.ts'
import type { FeedSettings } from '../src/feed-options.ts'
import { type CouchbaseStoreOptions, storeSettings } from '../src/options.ts'

const own = { connectionString: 'couchbase://db.local', username: 'shop', password: 'secret', bucket: 'scopes' }
const lent = { cluster: {} as Cluster, bucket: 'scopes' }
const bare = { connectionString: 'couchbase://db.local', bucket: 'scopes' }

function dcpOf(options: CouchbaseStoreOptions): Extract<FeedSettings, { type: 'dcp' }>['dcp'] {
  const { feed } = storeSettings(options)
  if (feed.type !== 'dcp') throw new Error(`the feed is ${feed.type}`)
  return feed.dcp
}

describe('an option of the feed that is not allowed is refused and named before anything is connected', () => {
  test.each<[string, Record<string, unknown>]>([
    ['feed', { ...own, feed: 'push' }],
    ['dcp', { ...own, feed: 'none', dcp: {} }],
    ['dcp', { ...own, feed: 'polling', dcp: {} }],
    ['polling', { ...own, polling: {} }],
    ['polling.intervalMs', { ...own, feed: 'auto', polling: { intervalMs: 0 } }],
    ['dcp.connectionString', { ...lent, feed: 'auto' }],
    ['dcp.bufferBytes', { ...own, dcp: { bufferBytes: 1000 } }],
    ['dcp.bufferBytes', { ...own, dcp: { bufferBytes: 2 ** 31 } }],
    ['dcp.connectionString', { ...lent, feed: 'dcp' }],
    ['dcp.username', { ...lent, dcp: { connectionString: 'couchbase://db' } }],
    ['dcp.password', { ...lent, dcp: { connectionString: 'couchbase://db', username: 'shop' } }],
    ['connectionString', { ...lent, dcp: { connectionString: 'db', username: 'shop', password: 'secret' } }],
    ['dcp.username', { ...bare, connectOptions: { authenticator: new JwtAuthenticator('token') } }],
  ])('%s: %j', (option, options) => {
    const open = (): unknown => couchbaseStore(options as unknown as CouchbaseStoreOptions)
    expect(open).toThrow(InvalidArgumentError)
    expect(open).toThrow(option)
  })
})

describe('the feed', () => {
  test('is there unless none is wanted, and beside a cluster that was passed in only where it knows how to connect', () => {
    expect(couchbaseStore(own).feed).toBeDefined()
    expect(couchbaseStore({ ...own, feed: 'none' }).feed).toBeUndefined()
    expect(couchbaseStore(lent).feed).toBeUndefined()
    expect(couchbaseStore({ ...lent, dcp: own }).feed).toBeDefined()
    expect(couchbaseStore({ ...lent, feed: 'polling' }).feed).toMatchObject({ coverage: 'held' })
  })

  test('logs in as the store does', () => {
    expect(dcpOf(own).login).toEqual({ type: 'password', username: 'shop', password: 'secret', allowsPlain: false })
    const authenticator = { username: 'app', password: 'word' }
    expect(dcpOf({ ...bare, connectOptions: { authenticator } }).login).toMatchObject({
      username: 'app',
      password: 'word',
    })
    const certificate = new CertificateAuthenticator('a.pem', 'a.key')
    const { login, certificatePath, keyPath } = dcpOf({ ...bare, connectOptions: { authenticator: certificate } })
    expect([login.type, certificatePath, keyPath]).toEqual(['certificate', 'a.pem', 'a.key'])
  })

  test('shows the password without TLS only where that was asked for', () => {
    const connectionString = 'couchbase://db.local?sasl_mech_force=PLAIN'
    expect(dcpOf({ ...own, connectionString }).login).toMatchObject({ allowsPlain: true })
    const authenticator = { username: 'app', password: 'word', allowed_sasl_mechanisms: ['PLAIN'] }
    expect(dcpOf({ ...bare, connectOptions: { authenticator } }).login).toMatchObject({ allowsPlain: true })
  })

  test('connects elsewhere, and as somebody else, where it is told to', () => {
    const dcp = { connectionString: 'couchbases://other', username: 'reader', password: 'word' }
    expect(dcpOf({ ...own, dcp })).toMatchObject({ address: { isTls: true }, login: { username: 'reader' } })
    expect(dcpOf({ ...own, connectOptions: { security: { trustStorePath: 'ca.pem' } } }).trustPath).toBe('ca.pem')
  })
})
