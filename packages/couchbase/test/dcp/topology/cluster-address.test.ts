import { InvalidArgumentError } from '@scopes/core'
import { describe, expect, test } from 'vitest'

import { parseClusterAddress, seedsOf } from '../../../src/dcp/topology/cluster-address.ts'

function seeds(connectionString: string): Promise<readonly string[]> {
  return seedsOf(parseClusterAddress(connectionString)).then(nodes => nodes.map(({ host, port }) => `${host} ${port}`))
}

describe('hosts of a connection string', () => {
  test.each<[string, readonly string[]]>([
    ['couchbase://10.0.0.1', ['10.0.0.1 11210']],
    ['couchbases://10.0.0.1', ['10.0.0.1 11207']],
    ['couchbase://localhost', ['localhost 11210']],
    ['couchbase://one.db,two.db:1234;three.db', ['one.db 11210', 'two.db 1234', 'three.db 11210']],
    ['couchbase://user@one.db:11210/bucket?network=external', ['one.db 11210']],
    ['couchbase://[::1]:1234,[fe80::1]', ['::1 1234', 'fe80::1 11210']],
    ['couchbase://one.db?enable_dns_srv=false', ['one.db 11210']],
  ])('%s', async (text, expected) => {
    expect(await seeds(text)).toEqual(expected)
  })

  test.each(['', 'db.local', 'http://db.local', 'couchbase://', 'couchbase://,', 'couchbase://a:b:c'])(
    'refused: %j',
    text => {
      expect(() => parseClusterAddress(text)).toThrow(InvalidArgumentError)
    },
  )
})

test('options that concern the feed are taken, others are left to the SDK', () => {
  const query = 'network=external&tls_verify=none&trust_certificate=ca.pem&sasl_mech_force=PLAIN&kv_timeout=1s'
  expect(parseClusterAddress(`couchbases://db?${query}`)).toMatchObject({
    isTls: true,
    network: 'external',
    trustsAnyone: true,
    trustPath: 'ca.pem',
    allowsPlain: true,
  })
  expect(parseClusterAddress('couchbase://db')).toMatchObject({
    isTls: false,
    network: 'auto',
    trustsAnyone: false,
    trustPath: undefined,
    allowsPlain: false,
  })
})
