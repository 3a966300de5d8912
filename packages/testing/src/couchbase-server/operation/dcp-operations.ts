import { ChangeStream } from '../dcp/change-stream.ts'
import { setControl } from '../dcp/controls.ts'
import { OPEN_FLAG, openFlagsProblem } from '../dcp/open-flag.ts'
import { Producer } from '../dcp/producer.ts'
import { rollbackSeqno } from '../dcp/rollback.ts'
import { streamFilter, type FilterProblem } from '../dcp/stream-filter.ts'
import { readStreamRequest, STREAM_FLAG } from '../dcp/stream-request.ts'
import { FEATURE } from '../wire/feature.ts'
import { refuse } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'
import { accessRefusal, notMyVbucket, ownVbucket, unknownCollection } from './document-operation.ts'
import type { Call, Operation, Outcome } from './operation.ts'
import { failoverLog } from './vbucket-operations.ts'

/** DCP_OPEN: extras = unused u32, flags u32; key = name of the connection. */
export const dcpOpen: Operation = {
  name: 'DCP_OPEN',
  shape: { extras: [8], key: 'required', value: 'optional' },
  needs: 'bucket',
  run: ({ request, session, node }) => {
    const { bucket, access } = session
    if (session.features.has(FEATURE.unordered)) {
      return refuse(STATUS.notSupported, 'DCP on connections with unordered execution is not supported')
    }
    const flags = request.extras.readUInt32BE(4)
    const problem = openFlagsProblem(flags)
    if (problem) return problem
    const privilege = (flags & OPEN_FLAG.producer) === 0 ? 'DcpConsumer' : 'DcpProducer'
    if (!bucket || !access?.inBucket(bucket.name, privilege)) return accessRefusal('DCP_OPEN', privilege)
    if (session.producer) return refuse(STATUS.invalid, 'The connection is already opened as a DCP connection')
    if (privilege === 'DcpConsumer') return refuse(STATUS.notSupported, 'A consumer is not served')
    const name = request.key.toString('latin1')
    session.producer = new Producer({ name, flags, bucket, clock: node.clock, outlet: session.outlet })
    node.producers.add(session.producer)
    return { status: STATUS.success }
  },
}

/** DCP_CONTROL: key and value are text. */
export const dcpControl: Operation = {
  name: 'DCP_CONTROL',
  shape: { key: 'required', value: 'required' },
  needs: 'producer',
  run: ({ request, session }) => {
    const { producer, features } = session
    if (!producer) return { status: STATUS.invalid }
    const problem = setControl(producer.controls, request.key.toString(), request.value.toString(), features)
    return problem ?? { status: STATUS.success }
  },
}

/**
 * DCP_STREAM_REQ: extras as in `readStreamRequest`, value = filter. The answer's value = the failover log, or for a
 * rollback the seqno to go back to u64.
 */
export const dcpStreamRequest: Operation = {
  name: 'DCP_STREAM_REQ',
  shape: { extras: [48], value: 'optional' },
  needs: 'producer',
  run: call => {
    const { request, session, node } = call
    const { producer, bucket, access } = session
    if (!producer || !bucket || !access) return { status: STATUS.invalid }
    const wish = readStreamRequest(request.extras)
    if ('type' in wish) return wish
    const vbucket = bucket.vbuckets[request.vbucket]
    const isHere = (wish.flags & STREAM_FLAG.activeOnly) === 0 ? vbucket?.node === node.index : ownVbucket(call)
    if (!vbucket || !isHere) return notMyVbucket(call)
    const needsNoop = session.knowsCollections || (producer.flags & OPEN_FLAG.includeXattrs) !== 0
    if (needsNoop && !producer.controls.sendsNoops) return { status: STATUS.notSupported }
    const { startSeqno, endSeqno, snapshotStart, snapshotEnd } = wish
    const isInSnapshot = snapshotStart <= startSeqno && startSeqno <= snapshotEnd
    if (startSeqno > endSeqno || !isInSnapshot) return { status: STATUS.outOfRange }
    if (producer.controls.streamIds) return { status: STATUS.streamIdInvalid }
    const filter = streamFilter(request.value, { bucket, access, knowsCollections: session.knowsCollections })
    if (typeof filter === 'string') return filterRefusal(filter, call)
    if (producer.hasStream(vbucket.id)) return { status: STATUS.exists }
    const rollback = rollbackSeqno(wish, vbucket, {
      isStrict: (wish.flags & STREAM_FLAG.strictUuid) !== 0,
      ignoresPurged: (wish.flags & STREAM_FLAG.ignorePurged) !== 0,
    })
    if (rollback !== undefined) return rolledBack(rollback)
    const stream: ChangeStream = new ChangeStream({
      vbucket,
      opaque: request.opaque,
      startSeqno,
      snapshotStart,
      endSeqno: (wish.flags & STREAM_FLAG.toLatest) === 0 ? endSeqno : vbucket.highSeqno,
      isDiskOnly: (wish.flags & STREAM_FLAG.diskOnly) !== 0,
      filter,
      format: {
        flags: producer.flags,
        controls: producer.controls,
        // A later HELLO may change them.
        get features() {
          return session.features
        },
      },
      ready: () => producer.ready(stream),
    })
    producer.addStream(vbucket.id, stream)
    return { status: STATUS.success, value: failoverLog(vbucket), sent: () => stream.start() }
  },
}

/** DCP_CLOSE_STREAM: of the vbucket that the request names. */
export const dcpCloseStream: Operation = {
  name: 'DCP_CLOSE_STREAM',
  shape: {},
  needs: 'producer',
  run: ({ request, session }) => ({
    status: session.producer?.closeStream(request.vbucket) ? STATUS.success : STATUS.notFound,
  }),
}

/** DCP_GET_FAILOVER_LOG: as GET_FAILOVER_LOG. */
export const dcpGetFailoverLog: Operation = {
  name: 'DCP_GET_FAILOVER_LOG',
  shape: {},
  needs: 'producer',
  run: call => {
    const vbucket = ownVbucket(call)
    return vbucket ? { status: STATUS.success, value: failoverLog(vbucket) } : notMyVbucket(call)
  },
}

/** DCP_BUFFER_ACKNOWLEDGEMENT: extras = bytes u32. There is no answer. */
export const dcpBufferAcknowledgement: Operation = {
  name: 'DCP_BUFFER_ACKNOWLEDGEMENT',
  shape: { extras: [4] },
  needs: 'producer',
  run: ({ request, session }) => {
    session.producer?.acknowledged(request.extras.readUInt32BE())
    return 'silent'
  },
}

/** DCP_NOOP: only the server asks; a client that does is thrown out. */
export const dcpNoop: Operation = { name: 'DCP_NOOP', shape: {}, needs: 'producer', run: () => 'cut off' }

function filterRefusal(problem: FilterProblem, { session }: Call): Outcome {
  const uid = session.bucket?.manifest.uid ?? 0n
  switch (problem) {
    case 'invalid':
      return { status: STATUS.invalid }
    case 'no-access':
      return { status: STATUS.noAccess }
    case 'stream-id':
      return { status: STATUS.streamIdInvalid }
    case 'unknown-collection':
      return unknownCollection(STATUS.unknownCollection, uid)
    case 'unknown-scope':
      return unknownCollection(STATUS.unknownScope, uid)
    default:
      return problem satisfies never
  }
}

function rolledBack(seqno: bigint): Outcome {
  const value = Buffer.alloc(8)
  value.writeBigUInt64BE(seqno)
  return { status: STATUS.rollback, value }
}
