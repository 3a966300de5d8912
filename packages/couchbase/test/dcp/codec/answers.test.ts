import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeClusterConfig } from '../../../src/dcp/codec/cluster-config.ts'
import { decodeCollectionsManifest } from '../../../src/dcp/codec/collections-manifest.ts'
import { decodeCollectionId } from '../../../src/dcp/codec/collection-id.ts'
import { decodeFailoverLog } from '../../../src/dcp/codec/failover-log.ts'
import type { Frame } from '../../../src/dcp/codec/frame.ts'
import { decodeHelloAnswer } from '../../../src/dcp/codec/hello.ts'
import { MalformedMessageError } from '../../../src/dcp/codec/malformed-message-error.ts'
import { decodeMechanisms } from '../../../src/dcp/codec/sasl.ts'
import { statusName, statuses } from '../../../src/dcp/codec/status.ts'
import { decodeStreamAnswer } from '../../../src/dcp/codec/stream-request.ts'
import { decodeVbucketSeqnos } from '../../../src/dcp/codec/vbucket-seqnos.ts'
import { propertySettings } from '../property-settings.ts'
import { type RecordedFrame, describeRecorded, frameFrom, meaningOf, recorded, recordedFrames } from '../recordings.ts'

function successes(name: string): readonly RecordedFrame[] {
  return recorded('server', name).filter(frame => meaningOf(frame).status === '0x00')
}

/** Entries of an answer, cut out of the hexadecimal text that was recorded beside it. */
function entries(valueHex: string, ...lengths: readonly number[]): readonly (readonly string[])[] {
  const pattern = new RegExp(lengths.map(length => `(.{${2 * length}})`).join(''), 'g')
  return [...valueHex.matchAll(pattern)].map(([, ...parts]) => parts)
}

function logOf(valueHex: string): unknown {
  return entries(valueHex, 8, 8).map(([uuid, seqno]) => ({ uuid, seqno: Number(`0x${seqno}`) }))
}

describeRecorded('answers recorded of a real engine', () => {
  test('a stream request is accepted with a failover log, rolled back or refused, as it was recorded', () => {
    const seen = new Set<string>()
    for (const frame of recorded('server', 'DCP_STREAM_REQ')) {
      const { status, valueHex = '', fields } = meaningOf(frame)
      const answer = decodeStreamAnswer(frameFrom(frame.bytes))
      seen.add(answer.type)
      if (status === '0x00') expect(answer).toEqual({ type: 'accepted', failoverLog: logOf(valueHex) })
      else if (status === '0x23') expect(answer).toEqual({ type: 'rollback', seqno: Number(fields?.['rollbackSeqno']) })
      else expect(answer).toEqual({ type: 'refused', status: Number(status) })
    }
    expect([...seen].sort()).toEqual(['accepted', 'refused', 'rollback'])
  })

  test('a failover log has its branches, the newest first', () => {
    const logs = successes('DCP_GET_FAILOVER_LOG')
    for (const frame of logs) {
      expect(decodeFailoverLog(frameFrom(frame.bytes))).toEqual(logOf(meaningOf(frame).valueHex ?? ''))
    }
    const afterCrash = recorded('server', 'DCP_STREAM_REQ').filter(
      ({ scenario }) => scenario === 'dcp-rollback/crash-rollback',
    )
    const last = afterCrash.map(frame => decodeStreamAnswer(frameFrom(frame.bytes))).at(-1)
    expect(last).toHaveProperty('failoverLog.length', 2)
  })

  test('a manifest has its scopes and collections, by their ids', () => {
    const text = (id: number): string => id.toString(16)
    for (const frame of successes('COLLECTIONS_GET_MANIFEST')) {
      const { scopes } = JSON.parse(meaningOf(frame).value ?? '') as { readonly scopes: readonly unknown[] }
      const written = decodeCollectionsManifest(frameFrom(frame.bytes)).map(scope => ({
        name: scope.name,
        uid: text(scope.id),
        collections: scope.collections.map(({ name, id }) => ({ name, uid: text(id) })),
      }))
      expect(written).toEqual(scopes)
    }
  })

  test('seqnos are those of each vbucket', () => {
    for (const frame of successes('GET_ALL_VB_SEQNOS')) {
      const expected = entries(meaningOf(frame).valueHex ?? '', 2, 8).map(pair => pair.map(hex => Number(`0x${hex}`)))
      expect([...decodeVbucketSeqnos(frameFrom(frame.bytes))]).toEqual(expected)
      expect(expected.length).toBe(64)
    }
  })

  test('a cluster config has its nodes and masters, also as the body of a refusal', () => {
    const configs = recorded('server', 'GET_CLUSTER_CONFIG', 'DCP_STREAM_REQ', 'DCP_GET_FAILOVER_LOG').filter(frame =>
      meaningOf(frame).value?.startsWith('{"rev"'),
    )
    expect(new Set(configs.map(frame => meaningOf(frame).status))).toEqual(new Set(['0x00', '0x07']))
    for (const frame of configs) {
      const recording = JSON.parse(meaningOf(frame).value ?? '') as Record<string, never>
      const config = decodeClusterConfig(frameFrom(frame.bytes))
      expect(config).toMatchObject({ epoch: 1, revision: recording['rev'], bucketUuid: recording['uuid'] })
      expect(config?.nodes).toEqual([
        {
          hostname: '127.0.0.1',
          ports: { kv: recording['nodesExt']?.[0]?.['services']?.['kv'], kvTls: undefined },
          external: undefined,
          isThisNode: true,
        },
      ])
      // Asked for before a bucket is selected it has none.
      expect(config?.masters).toEqual(recording['vBucketServerMap'] ? Array.from({ length: 64 }, () => 0) : [])
    }
  })

  test('features, collections and mechanisms are those that were recorded', () => {
    for (const frame of successes('HELLO')) {
      const expected = entries(meaningOf(frame).valueHex ?? '', 2).map(([hex]) => Number(`0x${hex}`))
      expect(decodeHelloAnswer(frameFrom(frame.bytes))).toEqual(expected)
    }
    for (const frame of successes('COLLECTIONS_GET_ID')) {
      expect(decodeCollectionId(frameFrom(frame.bytes))).toBe(meaningOf(frame).fields?.['collectionId'])
    }
    for (const frame of successes('SASL_LIST_MECHS')) {
      expect(decodeMechanisms(frameFrom(frame.bytes))).toEqual(['SCRAM-SHA512', 'SCRAM-SHA256', 'SCRAM-SHA1', 'PLAIN'])
    }
  })

  test('every status that was recorded of what a consumer asks is in the table', () => {
    const asked = /^(HELLO|SASL_|SELECT_|GET_CLUSTER|GET_ALL|DCP_|COLLECTIONS_GET_)/
    const found = recordedFrames
      .filter(
        ({ from, meaning }) => from === 'server' && meaning?.status !== undefined && asked.test(meaning.opcodeName),
      )
      .map(frame => Number(meaningOf(frame).status))
    expect([...new Set(found)].filter(status => statusName(status) === undefined)).toEqual([])
    expect(found.length).toBeGreaterThan(100)
  })

  test('whatever is changed in an answer, it is read or refused with its own error', () => {
    const readers: Readonly<Record<string, (frame: Frame) => unknown>> = {
      HELLO: decodeHelloAnswer,
      GET_CLUSTER_CONFIG: decodeClusterConfig,
      DCP_STREAM_REQ: decodeStreamAnswer,
      DCP_GET_FAILOVER_LOG: decodeFailoverLog,
      GET_ALL_VB_SEQNOS: decodeVbucketSeqnos,
      COLLECTIONS_GET_ID: decodeCollectionId,
      COLLECTIONS_GET_MANIFEST: decodeCollectionsManifest,
      SASL_LIST_MECHS: decodeMechanisms,
    }
    const frames = recorded('server', ...Object.keys(readers))
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.constantFrom(...frames), changes, fc.nat(), (recording, edits, cut) => {
        const broken = Buffer.from(recording.bytes)
        for (const [at, value] of edits) broken[at % broken.length] = value
        const shortened = broken.subarray(0, 24 + (cut % (broken.length - 23)))
        shortened.writeUInt32BE(shortened.length - 24, 8)
        try {
          readers[meaningOf(recording).opcodeName]?.(frameFrom(shortened))
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError)
        }
      }),
      propertySettings(2000),
    )
  })
})

test.each([
  ['a failover log without a branch', decodeFailoverLog, 0],
  ['a failover log with half a branch', decodeFailoverLog, 24],
  ['a list of seqnos with half of one', decodeVbucketSeqnos, 15],
  ['features and a half', decodeHelloAnswer, 3],
])('%s is refused', (_, read, length) => {
  const bytes = Buffer.alloc(24 + length)
  bytes[0] = 0x81
  bytes.writeUInt32BE(length, 8)
  expect(() => read(frameFrom(bytes))).toThrow(MalformedMessageError)
})

test('every status has a name of its own', () => {
  for (const [name, status] of Object.entries(statuses)) expect(statusName(status)).toBe(name)
  expect(statusName(0xffff)).toBeUndefined()
})
