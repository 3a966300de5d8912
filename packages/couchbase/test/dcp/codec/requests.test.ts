import { expect, test } from 'vitest'
import { encodeBufferAcknowledgement } from '../../../src/dcp/codec/buffer-acknowledgement.ts'
import { encodeCloseStream } from '../../../src/dcp/codec/close-stream.ts'
import { encodeGetClusterConfig } from '../../../src/dcp/codec/cluster-config.ts'
import { encodeGetCollectionId } from '../../../src/dcp/codec/collection-id.ts'
import { encodeGetCollectionsManifest } from '../../../src/dcp/codec/collections-manifest.ts'
import { type ControlName, encodeControl } from '../../../src/dcp/codec/control.ts'
import { encodeDcpOpen, openFlags } from '../../../src/dcp/codec/dcp-open.ts'
import { encodeGetFailoverLog } from '../../../src/dcp/codec/failover-log.ts'
import { encodeHello, features } from '../../../src/dcp/codec/hello.ts'
import { encodeDcpNoopAnswer, encodeNoop } from '../../../src/dcp/codec/noop.ts'
import { encodeRequest } from '../../../src/dcp/codec/request.ts'
import {
  type SaslMechanism,
  encodeAuth,
  encodeListMechanisms,
  encodeStep,
  plainMessage,
} from '../../../src/dcp/codec/sasl.ts'
import { encodeSelectBucket } from '../../../src/dcp/codec/select-bucket.ts'
import { encodeStreamRequest, streamFlags } from '../../../src/dcp/codec/stream-request.ts'
import type { VbucketUuid } from '../../../src/dcp/codec/vbucket-uuid.ts'
import { encodeGetVbucketSeqnos } from '../../../src/dcp/codec/vbucket-seqnos.ts'
import { type Meaning, type RecordedFrame, describeRecorded, meaningOf, recorded } from '../recordings.ts'

/** What a client asked the real engine, and the same by our encoder; undefined: what this library never asks. */
const requests: Readonly<Record<string, (meaning: Meaning, frame: RecordedFrame) => Buffer | undefined>> = {
  HELLO: ({ opaque, key = '', valueHex = '', extras }) => {
    if (extras !== undefined || !key.startsWith('{"a"')) return undefined
    const { a: agent, i: connection } = JSON.parse(key) as { readonly a: string; readonly i?: string }
    if (connection === undefined || valueHex.length % 4 !== 0) return undefined
    const codes = valueHex.match(/.{4}/g)?.map(hex => Number.parseInt(hex, 16)) ?? []
    return encodeHello({ opaque, agent, connection, features: codes })
  },
  SASL_LIST_MECHS: ({ opaque }) => encodeListMechanisms(opaque),
  SASL_AUTH: ({ opaque, key = '', value, valueHex }) => {
    const message = value ?? Buffer.from(valueHex ?? '', 'hex').toString()
    const [, user, password] = message.split('\0')
    if (key !== 'PLAIN') return encodeAuth(opaque, key as SaslMechanism, message)
    return user === undefined || password === undefined
      ? undefined
      : encodeAuth(opaque, key, plainMessage(user, password))
  },
  SASL_STEP: ({ opaque, key = '', value = '' }) => encodeStep(opaque, key as SaslMechanism, value),
  SELECT_BUCKET: ({ opaque, key = '' }) => encodeSelectBucket(opaque, key),
  GET_CLUSTER_CONFIG: ({ opaque }) => encodeGetClusterConfig(opaque),
  COLLECTIONS_GET_ID: ({ opaque, value = '', key }) => {
    const [scope = '', collection, ...more] = value.split('.')
    return key !== undefined || collection === undefined || more.length > 0
      ? undefined
      : encodeGetCollectionId(opaque, scope, collection)
  },
  COLLECTIONS_GET_MANIFEST: ({ opaque, vbucket, key, extras, value }) =>
    vbucket === 0 && key === undefined && extras === undefined && value === undefined
      ? encodeGetCollectionsManifest(opaque)
      : undefined,
  DCP_OPEN: ({ opaque, key = '', fields, vbucket }) =>
    vbucket !== 0 || fields?.['seqno'] !== 0
      ? undefined
      : encodeDcpOpen({ opaque, name: key, flags: Number(fields['flags']) }),
  DCP_CONTROL: ({ opaque, key = '', value = '', extras }) =>
    extras === undefined ? encodeControl(opaque, key as ControlName, value) : undefined,
  DCP_STREAM_REQ: ({ opaque, vbucket = 0, fields, value, key }, { bytes }) => {
    // Others than endless streams, and filters of other kinds, are never asked for.
    if (fields === undefined || key !== undefined || fields['endSeqno'] !== '18446744073709551615') return undefined
    const filter =
      value === undefined ? [] : /^\{"(?:collections":\["([0-9a-f]+)"\]|scope":"([0-9a-f]+)")\}$/.exec(value)
    if (filter === null || bytes.readUInt32BE(28) !== 0) return undefined
    return encodeStreamRequest({
      opaque,
      vbucket,
      flags: Number(fields['flags']),
      uuid: String(fields['vbUuid']).startsWith('$')
        ? (bytes.toString('hex', 48, 56) as VbucketUuid)
        : (String(fields['vbUuid']).slice(2) as VbucketUuid),
      seqno: Number(fields['startSeqno']),
      snapStart: Number(fields['snapStart']),
      snapEnd: Number(fields['snapEnd']),
      ...(filter[1] !== undefined && { filter: { collections: [Number.parseInt(filter[1], 16)] } }),
      ...(filter[2] !== undefined && { filter: { scope: Number.parseInt(filter[2], 16) } }),
    })
  },
  DCP_CLOSE_STREAM: ({ opaque, vbucket = 0 }) => encodeCloseStream(opaque, vbucket),
  DCP_GET_FAILOVER_LOG: ({ opaque, vbucket = 0 }) => encodeGetFailoverLog(opaque, vbucket),
  DCP_BUFFER_ACKNOWLEDGEMENT: ({ opaque, fields }) => encodeBufferAcknowledgement(opaque, Number(fields?.['bytes'])),
  GET_ALL_VB_SEQNOS: ({ opaque, extras = '' }) => {
    const [state, collection] = extras.match(/.{8}/g)?.map(hex => Number.parseInt(hex, 16)) ?? []
    return state === 1 ? encodeGetVbucketSeqnos(opaque, collection) : undefined
  },
  // Others were sent to see them refused.
  NOOP: ({ opaque, magic, vbucket, cas }, { bytes }) =>
    magic === '0x80' && vbucket === 0 && cas === '0' && bytes.length === 24 ? encodeNoop(opaque) : undefined,
  DCP_NOOP: ({ opaque, magic }) => (magic === '0x81' ? encodeDcpNoopAnswer(opaque) : undefined),
}

describeRecorded('requests recorded to a real engine', () => {
  test.each(Object.keys(requests))('%s is written as it was sent', name => {
    let compared = 0
    for (const frame of recorded('client', name)) {
      const meaning = meaningOf(frame)
      const written = requests[name]?.(meaning, frame)
      if (written === undefined || (frame.bytes[0] !== 0x80 && name !== 'DCP_NOOP')) continue
      expect(written.toString('hex'), frame.scenario).toBe(frame.bytes.toString('hex'))
      compared++
    }
    expect(compared).toBeGreaterThan(0)
  })
})

describeRecorded('flags that were recorded', () => {
  const flagsOf = (name: string): readonly number[] =>
    recorded('client', name).map(frame => Number(meaningOf(frame).fields?.['flags']))

  test('are those by which this library opens connections and streams', () => {
    expect(flagsOf('DCP_OPEN')).toContain(openFlags.producer + openFlags.includeDeleteTimes)
    expect(flagsOf('DCP_STREAM_REQ')).toContain(streamFlags.activeOnly)
  })

  test('and the features that it asks for have the names that were noted', () => {
    const { valueHex = '', fields } =
      recorded('server', 'HELLO')
        .map(meaningOf)
        .find(({ fields: found }) => found !== undefined) ?? {}
    const codes = valueHex.match(/.{4}/g)?.map(hex => Number.parseInt(hex, 16)) ?? []
    const names = fields?.['features'] as readonly string[]
    const { xattr, extendedErrors, selectBucket, json, collections } = features
    expect([xattr, extendedErrors, selectBucket, json, collections].map(code => names[codes.indexOf(code)])).toEqual([
      'XATTR',
      'XERROR',
      'SELECT_BUCKET',
      'JSON',
      'COLLECTIONS',
    ])
  })
})

test('a key that does not fit into its length is refused', () => {
  expect(() => encodeRequest({ opcode: 0, opaque: 0, key: 'x'.repeat(65_536) })).toThrow(RangeError)
})
