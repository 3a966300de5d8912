import { collectionOf } from '../bucket/manifest.ts'
import type { Vbucket } from '../bucket/vbucket.ts'
import { STATUS } from '../wire/status.ts'
import { notMyVbucket, ownVbucket, unknownCollection } from './document-operation.ts'
import type { Operation } from './operation.ts'

/**
 * OBSERVE_SEQNO: value = vbucket uuid u64. The answer's value = format u8, vbucket u16, uuid u64, seqno on disk u64,
 * seqno u64; format 1, for a uuid of the past, adds that uuid u64 and the seqno u64 where its history ended.
 */
export const observeSeqno: Operation = {
  name: 'OBSERVE_SEQNO',
  shape: { value: 8 },
  needs: 'bucket',
  run: call => {
    const vbucket = ownVbucket(call)
    if (!vbucket) return notMyVbucket(call)
    const asked = call.request.value.readBigUInt64BE()
    const age = vbucket.failovers.findIndex(entry => entry.uuid === asked)
    if (age < 0) return { status: STATUS.notFound }
    const value = Buffer.alloc(age === 0 ? 27 : 43)
    value[0] = age === 0 ? 0 : 1
    value.writeUInt16BE(vbucket.id, 1)
    value.writeBigUInt64BE(vbucket.uuid, 3)
    value.writeBigUInt64BE(vbucket.persistedSeqno, 11)
    value.writeBigUInt64BE(vbucket.highSeqno, 19)
    if (age > 0) {
      value.writeBigUInt64BE(asked, 27)
      value.writeBigUInt64BE(vbucket.failovers[age - 1]?.seqno ?? 0n, 35)
    }
    return { status: STATUS.success, value }
  },
}

/**
 * GET_ALL_VB_SEQNOS: extras = nothing, or state u32, or state u32 and collection u32. The answer's value = vbucket u16 and
 * seqno u64 of each vbucket of this node; a session without collections knows only of the default one.
 */
export const getAllVbucketSeqnos: Operation = {
  name: 'GET_ALL_VB_SEQNOS',
  shape: { extras: [0, 4, 8] },
  needs: 'bucket',
  run: ({ request, session, node }) => {
    const { bucket } = session
    if (!bucket) return { status: STATUS.noBucket }
    const asked = request.extras.length === 8 ? request.extras.readUInt32BE(4) : undefined
    if (asked !== undefined && !collectionOf(bucket.manifest, asked)) {
      return unknownCollection(STATUS.unknownCollection, bucket.manifest.uid)
    }
    const collection = asked ?? (session.knowsCollections ? undefined : 0)
    const own = bucket.vbuckets.filter(vbucket => vbucket.state === 'active' && vbucket.node === node.index)
    const value = Buffer.alloc(own.length * 10)
    own.forEach((vbucket, at) => {
      value.writeUInt16BE(vbucket.id, at * 10)
      value.writeBigUInt64BE(
        collection === undefined ? vbucket.highSeqno : vbucket.highSeqnoOf(collection),
        at * 10 + 2,
      )
    })
    return { status: STATUS.success, value }
  },
}

/** GET_FAILOVER_LOG: the answer's value = vbucket uuid u64 and seqno u64 of each history, the newest first. */
export const getFailoverLog: Operation = {
  name: 'GET_FAILOVER_LOG',
  shape: {},
  needs: 'bucket',
  run: call => {
    const vbucket = ownVbucket(call)
    return vbucket ? { status: STATUS.success, value: failoverLog(vbucket) } : notMyVbucket(call)
  },
}

/** Uuid u64 and seqno u64 of each history, the newest first. */
export function failoverLog({ failovers }: Vbucket): Buffer {
  const value = Buffer.alloc(failovers.length * 16)
  failovers.forEach(({ uuid, seqno }, at) => {
    value.writeBigUInt64BE(uuid, at * 16)
    value.writeBigUInt64BE(seqno, at * 16 + 8)
  })
  return value
}
