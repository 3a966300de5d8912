import type { Bucket } from '../bucket/bucket.ts'

/** A node as the configuration names it. */
export interface NodeAddress {
  readonly host: string
  readonly dataPort: number
  readonly managementPort: number
}

export interface ClusterConfig {
  readonly epoch: number
  readonly revision: number
  readonly nodes: readonly NodeAddress[]
  /** The node that tells it. */
  readonly thisNode: number
  /** Undefined: that of the cluster without a bucket. */
  readonly bucket: Bucket | undefined
}

/** The configuration as JSON: where each vbucket is, and what the bucket can do. */
export function clusterConfigJson({ epoch, revision, nodes, thisNode, bucket }: ClusterConfig): string {
  return JSON.stringify({
    rev: revision,
    revEpoch: epoch,
    ...(bucket && {
      name: bucket.name,
      uuid: bucket.uuid,
      nodeLocator: 'vbucket',
      bucketCapabilitiesVer: '',
      bucketCapabilities: BUCKET_CAPABILITIES,
      collectionsManifestUid: bucket.manifest.uid.toString(16),
    }),
    clusterCapabilitiesVer: [1, 0],
    clusterCapabilities: {},
    nodesExt: nodes.map(({ host, dataPort, managementPort }, index) => ({
      services: { mgmt: managementPort, kv: dataPort },
      hostname: host,
      ...(index === thisNode && { thisNode: true }),
    })),
    ...(bucket && {
      vBucketServerMap: {
        hashAlgorithm: 'CRC',
        numReplicas: bucket.replicas,
        serverList: nodes.map(({ host, dataPort }) => `${host}:${dataPort}`),
        vBucketMap: bucket.vbuckets.map(vbucket => copies(vbucket.node, bucket.replicas, nodes.length)),
      },
    }),
  })
}

/** Nodes with a copy, the active one first; -1: none has it. */
function copies(active: number, replicas: number, nodes: number): readonly number[] {
  return Array.from({ length: 1 + replicas }, (_, copy) => (copy < nodes ? (active + copy) % nodes : -1))
}

const BUCKET_CAPABILITIES: readonly string[] = [
  'collections',
  'durableWrite',
  'tombstonedUserXAttrs',
  'dcp',
  'cbhello',
  'touch',
  'cccp',
  'nodesExt',
  'xattr',
  'subdoc.ReplaceBodyWithXattr',
  'subdoc.DocumentMacroSupport',
  'preserveExpiry',
]
