import { expect, test } from 'vitest'
import { type ClusterConfig, decodeClusterConfig, isConfigPush } from '../../../src/dcp/codec/cluster-config.ts'
import { MalformedMessageError } from '../../../src/dcp/codec/malformed-message-error.ts'
import { frameFrom } from '../recordings.ts'

function decode(value: unknown): ClusterConfig | undefined {
  const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  const header = Buffer.from('81b500000000000000000000000000040000000000000000', 'hex')
  header.writeUInt32BE(body.length, 8)
  return decodeClusterConfig(frameFrom(Buffer.concat([header, body])))
}

const nodesExt = [
  { hostname: '10.0.0.1', services: { kv: 11210, kvSSL: 11207, mgmt: 8091 }, thisNode: true },
  {
    hostname: '$HOST',
    services: { kv: 11210 },
    alternateAddresses: { external: { hostname: 'db.example', ports: { kv: 32771, kvSSL: 32772 } } },
  },
  { services: { mgmt: 8091 }, alternateAddresses: { external: { hostname: 'third.example' } } },
]
const config = { rev: 7, revEpoch: 2, uuid: 'a', nodesExt, vBucketServerMap: { vBucketMap: [[0, 1], [1], [-1, 0]] } }

test('nodes are told with their addresses inside and outside, vbuckets with their master', () => {
  expect(decode(config)).toEqual({
    epoch: 2,
    revision: 7,
    bucketUuid: 'a',
    nodes: [
      { hostname: '10.0.0.1', ports: { kv: 11210, kvTls: 11207 }, external: undefined, isThisNode: true },
      {
        hostname: undefined,
        ports: { kv: 11210, kvTls: undefined },
        external: { hostname: 'db.example', ports: { kv: 32771, kvTls: 32772 } },
        isThisNode: false,
      },
      {
        hostname: undefined,
        ports: { kv: undefined, kvTls: undefined },
        external: { hostname: 'third.example', ports: { kv: undefined, kvTls: undefined } },
        isThisNode: false,
      },
    ],
    masters: [0, 1, -1],
  })
})

test('a config without a bucket has no masters, and an empty body is no config', () => {
  expect(decode({ rev: 1, nodesExt })).toMatchObject({ epoch: 0, bucketUuid: undefined, masters: [] })
  expect(decode('')).toBeUndefined()
})

test('a push is known by its magic and opcode, and has the config as its value', () => {
  const body = JSON.stringify(config)
  const header = Buffer.from('820100061001000000000000000000000000000000000000', 'hex')
  header.writeUInt32BE(22 + body.length, 8)
  const revision = Buffer.from('00000000000000020000000000000007', 'hex')
  const push = frameFrom(Buffer.concat([header, revision, Buffer.from('golden'), Buffer.from(body)]))
  expect(isConfigPush(push)).toBe(true)
  expect(decodeClusterConfig(push)).toMatchObject({ epoch: 2, revision: 7, masters: [0, 1, -1] })
  expect(isConfigPush({ ...push, magic: 0x80 })).toBe(false)
})

test.each([
  ['no JSON', '{"rev":'],
  ['no object', []],
  ['without a revision', { ...config, rev: undefined }],
  ['with a revision in words', { ...config, rev: 'seven' }],
  ['without nodes', { ...config, nodesExt: {} }],
  ['with a node that is none', { ...config, nodesExt: [null] }],
  ['without a map', { ...config, vBucketServerMap: {} }],
  ['with a vbucket of nobody', { ...config, vBucketServerMap: { vBucketMap: [[]] } }],
  ['with a vbucket of an unnamed node', { ...config, vBucketServerMap: { vBucketMap: [[3]] } }],
])('a config %s is refused', (_, value) => {
  expect(() => decode(value)).toThrow(MalformedMessageError)
})
