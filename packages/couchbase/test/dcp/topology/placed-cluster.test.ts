import { describe, expect, test } from 'vitest'

import type { ClusterConfig } from '../../../src/dcp/codec/cluster-config.ts'
import { isNewer, masterOf, networkOf, placed } from '../../../src/dcp/topology/placed-cluster.ts'
import { Topology } from '../../../src/dcp/topology/topology.ts'
import { parseClusterAddress } from '../../../src/dcp/topology/cluster-address.ts'

type Node = ClusterConfig['nodes'][number]

function node(hostname: string | undefined, kv: number | undefined, options: Partial<Node> = {}): Node {
  return { hostname, ports: { kv, kvTls: undefined }, external: undefined, isThisNode: false, ...options }
}

function external(hostname: string, kv: number): Pick<Node, 'external'> {
  return { external: { hostname, ports: { kv, kvTls: kv + 1 } } }
}

function configOf(nodes: readonly Node[], options: Partial<ClusterConfig> = {}): ClusterConfig {
  return { epoch: 1, revision: 1, bucketUuid: 'b', nodes, masters: nodes.map((_, index) => index), ...options }
}

test('a config replaces one of a lower epoch, or of the same and a lower revision, and no other', () => {
  const known = { epoch: 2, revision: 5 }
  expect(isNewer(known, undefined)).toBe(true)
  expect(isNewer({ epoch: 3, revision: 1 }, known)).toBe(true)
  expect(isNewer({ epoch: 2, revision: 6 }, known)).toBe(true)
  expect(isNewer(known, known)).toBe(false)
  expect(isNewer({ epoch: 2, revision: 4 }, known)).toBe(false)
  expect(isNewer({ epoch: 1, revision: 9 }, known)).toBe(false)
})

describe('the network that an address belongs to', () => {
  const config = configOf([node('10.0.0.1', 11210, external('docker', 32771)), node('10.0.0.2', 11210)])

  test.each<[string, { host: string; port: number }, 'default' | 'external']>([
    ['inside, by host and port', { host: '10.0.0.2', port: 11210 }, 'default'],
    ['outside, by host and port', { host: 'docker', port: 32771 }, 'external'],
    ['outside, over TLS', { host: 'docker', port: 32772 }, 'external'],
    ['outside, by another port of the host', { host: 'docker', port: 1 }, 'external'],
    ['inside, by another port of the host', { host: '10.0.0.1', port: 1 }, 'default'],
    ['named nowhere', { host: 'alias', port: 11210 }, 'default'],
  ])('%s', (_, asked, expected) => {
    expect(networkOf(config, asked)).toBe(expected)
  })

  test('a mapped port of the very host that a nameless node is asked at is outside', () => {
    const nameless = configOf([node(undefined, 11210, external('localhost', 32771))])
    expect(networkOf(nameless, { host: 'localhost', port: 32771 })).toBe('external')
    expect(networkOf(nameless, { host: 'localhost', port: 11210 })).toBe('default')
  })
})

describe('addresses', () => {
  test('a node without a name is the host that was asked', () => {
    const { nodes } = placed(configOf([node(undefined, 11210)]), { host: 'db', port: 9 }, 'default', 'tcp')
    expect(nodes).toEqual([{ host: 'db', port: 11210 }])
  })

  test('a node that does not offer the transport, or the network, has none, and the others keep their place', () => {
    const config = configOf([node('a', undefined), node('b', 2, external('x', 3)), node('c', 4)], {
      masters: [2, 0, 1, -1],
    })
    const inside = placed(config, { host: 'b', port: 2 }, 'default', 'tcp')
    expect(inside.nodes).toEqual([undefined, { host: 'b', port: 2 }, { host: 'c', port: 4 }])
    expect([0, 1, 2, 3].map(vbucket => masterOf(inside, vbucket)?.host)).toEqual(['c', undefined, 'b', undefined])
    expect(placed(config, { host: 'x', port: 3 }, 'external', 'tcp').nodes[1]).toEqual({ host: 'x', port: 3 })
    expect(placed(config, { host: 'x', port: 3 }, 'external', 'tls').nodes).toEqual([
      undefined,
      { host: 'x', port: 4 },
      undefined,
    ])
  })
})

describe('the topology', () => {
  const asked = { host: 'docker', port: 32771 }
  const nodes = [node('10.0.0.1', 11210, { ...external('docker', 32771), isThisNode: true })]

  test('keeps the newest config, whoever told it, and says when it has changed', () => {
    const topology = new Topology(parseClusterAddress('couchbase://docker:32771'))
    const seen: (number | undefined)[] = []
    const forget = topology.onChange(() => seen.push(topology.current?.revision))
    for (const revision of [3, 2, 3, 5]) topology.offer(configOf(nodes, { revision }), asked)
    forget()
    topology.offer(configOf(nodes, { revision: 6 }), asked)
    expect(seen).toEqual([3, 5])
    expect(topology.current?.revision).toBe(6)
  })

  test('a config without a map of vbuckets is none', () => {
    const topology = new Topology(parseClusterAddress('couchbase://docker:32771'))
    topology.offer(configOf(nodes, { masters: [] }), asked)
    expect(topology.current).toBeUndefined()
  })

  test('uses the addresses of the network that the first host belongs to, or that was asked for', () => {
    const where = (connectionString: string): unknown => {
      const topology = new Topology(parseClusterAddress(connectionString))
      topology.offer(configOf(nodes), asked)
      return topology.current?.nodes
    }
    expect(where('couchbase://docker:32771')).toEqual([asked])
    expect(where('couchbase://docker:32771?network=default')).toEqual([{ host: '10.0.0.1', port: 11210 }])
    expect(where('couchbase://other?network=external')).toEqual([asked])
  })

  test('asks nodes that are known before the hosts of the connection string', async () => {
    const topology = new Topology(parseClusterAddress('couchbase://10.9.9.9'))
    expect(await topology.candidates()).toEqual([{ host: '10.9.9.9', port: 11210 }])
    topology.offer(configOf([node('10.0.0.1', 1), node('10.0.0.2', undefined)]), asked)
    expect(await topology.candidates()).toEqual([
      { host: '10.0.0.1', port: 1 },
      { host: '10.9.9.9', port: 11210 },
    ])
  })
})
