import { InvalidArgumentError } from '@scopes/core'
import { CertificateAuthenticator, type Cluster, DurabilityLevel, type RequestTracer } from 'couchbase'
import { describe, expect, test } from 'vitest'

import { couchbaseStore } from '../src/couchbase-store.ts'
import { type CouchbaseStoreOptions, keyspaceName, storeSettings } from '../src/options.ts'

const valid = { connectionString: 'couchbase://db.local', username: 'shop', password: 'secret', bucket: 'scopes' }
const lent = {} as Cluster

function connectionOf(options: Partial<CouchbaseStoreOptions>): Record<string, unknown> {
  const { connection } = storeSettings({ ...valid, ...options })
  if (connection.type !== 'own') throw new Error('the connection is not our own')
  return { ...connection.options }
}

describe('an option that is not allowed is refused and named before anything is connected', () => {
  test.each<[string, Record<string, unknown>]>([
    ['bucket', { bucket: '' }],
    ['bucket', { bucket: undefined }],
    ['connectionString', { connectionString: undefined }],
    ['connectionString', { connectionString: 'db.local' }],
    ['connectionString', { connectionString: 'http://db.local' }],
    ['connectionString', { connectionString: 'couchbase://' }],
    ['username', { username: undefined }],
    ['password', { password: '' }],
    ['username', { connectOptions: { authenticator: new CertificateAuthenticator('a.pem', 'a.key') } }],
    ['connectionString', { cluster: lent, username: undefined, password: undefined }],
    ['scope', { scope: '_shop' }],
    ['scope', { scope: '' }],
    ['collections', { collections: 'a.b' }],
    ['collections', { collections: 7 }],
    ['durability', { durability: 'all' }],
    ['durability', { durability: 'toString' }],
    ['strongestDurability', { strongestDurability: 'flushed' }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: 1.5 }],
    ['durableTimeoutMs', { durableTimeoutMs: 1499 }],
    ['openTimeoutMs', { openTimeoutMs: Number.NaN }],
    ['orphanReporterConfig', { connectOptions: { orphanReporterConfig: { enableOrphanReporting: false } } }],
  ])('%s: %j', (option, options) => {
    const open = (): unknown => couchbaseStore({ ...valid, ...options })
    expect(open).toThrow(InvalidArgumentError)
    expect(open).toThrow(option)
  })
})

describe('names of scopes and collections', () => {
  test.each(['_default', 'sessions', '0', 'a_b-c%', 'a'.repeat(251)])('allowed: %s', name => {
    expect(keyspaceName('collections', name)).toBe(name)
  })

  test.each(['', '_a', '%a', 'a.b', 'a b', 'ä', 'a'.repeat(252), 'a\n'])('refused: %j', name => {
    expect(() => keyspaceName('collections', name)).toThrow(InvalidArgumentError)
  })
})

describe('the connection', () => {
  test('has tracing and metrics off, and orphan reporting as it is, unless something else is asked for', () => {
    expect(connectionOf({})).toEqual({
      username: 'shop',
      password: 'secret',
      tracingConfig: { enableTracing: false },
      metricsConfig: { enableMetrics: false },
    })
    const tracer: RequestTracer = { requestSpan: () => ({}) as ReturnType<RequestTracer['requestSpan']> }
    expect(connectionOf({ connectOptions: { tracer } })).not.toHaveProperty('tracingConfig')
    const tracingConfig = { enableTracing: true }
    expect(connectionOf({ connectOptions: { tracingConfig } })).toMatchObject({ tracingConfig })
  })

  test('passes certificates and everything else on', () => {
    const authenticator = new CertificateAuthenticator('a.pem', 'a.key')
    const connectOptions = { authenticator, security: { trustStorePath: 'ca.pem' } }
    const options = connectionOf({ username: undefined, password: undefined, connectOptions })
    expect(options).toMatchObject(connectOptions)
    expect(options).not.toHaveProperty('username')
  })

  test('of a cluster that was passed in is left as it is', () => {
    expect(storeSettings({ cluster: lent, bucket: 'scopes' }).connection).toEqual({ type: 'lent', cluster: lent })
  })

  test('is named in messages without what may be secret', () => {
    const connectionString = 'couchbases://user:word@one,two?trust_certificate=/secret'
    expect(storeSettings({ ...valid, connectionString }).place).toBe('bucket scopes at couchbases://one,two')
  })
})

test('the defaults: one node, the strongest for ends, one collection', () => {
  expect(storeSettings(valid)).toMatchObject({
    durability: DurabilityLevel.None,
    strongest: DurabilityLevel.PersistToMajority,
    scope: '_default',
    collectionOf: '_default',
    createsCollections: false,
    timeoutMs: 1000,
  })
})
