import { expect, test } from 'vitest'
import { opcodes } from '../../../src/dcp/codec/opcode.ts'
import { decodeStreamAnswer } from '../../../src/dcp/codec/stream-request.ts'
import { decodeStreamMessage, isStreamMessage } from '../../../src/dcp/codec/stream-message.ts'
import type { VbucketUuid } from '../../../src/dcp/codec/vbucket-uuid.ts'
import { type Position, isPosition } from '../../../src/dcp/stream/position.ts'
import {
  type StreamEffect,
  type StreamState,
  beginStream,
  nextStreamState,
} from '../../../src/dcp/stream/stream-state.ts'
import { type RecordedFrame, describeRecorded, frameFrom, meaningOf, recordedFrames } from '../recordings.ts'

/** What one recorded stream request led to. */
interface RecordedStream {
  readonly scenario: string
  readonly effects: StreamEffect[]
  /** Of every item that the recording names. */
  readonly seqnos: number[]
  state: StreamState
}

/** What this library does not ask for: no collections, compression, prepares, strict branches; and wrong requests. */
const foreign = /legacy|snappy|sync-writes|noop-not-enabled|strict-uuid|malformed|ranges-bad/

function replayed(): readonly RecordedStream[] {
  const open = new Map<string, RecordedStream>()
  const all: RecordedStream[] = []
  for (const frame of recordedFrames) {
    const { bytes, meaning, scenario, connection, from } = frame
    if (meaning === undefined || foreign.test(scenario)) continue
    const place = `${scenario} ${connection} ${meaning.opaque}`
    if (from === 'client') {
      if (meaning.opcodeName !== 'DCP_STREAM_REQ' || meaning.fields === undefined || bytes.length < 72) continue
      const state = nextStreamState(beginStream(positionOf(bytes)), { type: 'ready' }).state
      const stream = { scenario, state, effects: [], seqnos: [] }
      open.set(place, stream)
      all.push(stream)
      continue
    }
    const stream = open.get(place)
    if (stream) advance(stream, frame)
  }
  return all
}

function advance(stream: RecordedStream, recording: RecordedFrame): void {
  const frame = frameFrom(recording.bytes)
  const epoch = 'epoch' in stream.state ? stream.state.epoch : 0
  const isAnswer = frame.opcode === opcodes.dcpStreamRequest
  if (!isAnswer && !isStreamMessage(frame)) return
  const step = nextStreamState(
    stream.state,
    isAnswer
      ? { type: 'answered', epoch, answer: decodeStreamAnswer(frame) }
      : { type: 'message', epoch, message: decodeStreamMessage(frame) },
  )
  stream.state = step.state
  stream.effects.push(...step.effects)
  const { opcodeName, fields } = meaningOf(recording)
  if (/MUTATION|DELETION|EXPIRATION|SYSTEM_EVENT/.test(opcodeName)) stream.seqnos.push(Number(fields?.['bySeqno']))
}

/** Where the recorded client stood. A start that no position of ours can be is made one that asks for the same. */
function positionOf(bytes: Buffer): Position {
  const seqno = Number(bytes.readBigUInt64BE(32))
  return {
    uuid: bytes.toString('hex', 48, 56) as VbucketUuid,
    seqno,
    snapStart: Number(bytes.readBigUInt64BE(56)),
    snapEnd: Number(bytes.readBigUInt64BE(64)),
  }
}

describeRecorded('streams recorded of a real engine', () => {
  const streams = replayed()
  const of = (scenario: string): readonly RecordedStream[] => streams.filter(stream => stream.scenario === scenario)
  const typesOf = ({ effects }: RecordedStream): readonly string[] => effects.map(({ type }) => type)

  test('never break what the machine takes for the protocol', () => {
    expect(streams.length).toBeGreaterThan(60)
    for (const stream of streams) expect(typesOf(stream), stream.scenario).not.toContain('broken')
  })

  test('give every item that was recorded, in order, each with a position that can be resumed from', () => {
    let items = 0
    for (const { effects, seqnos, scenario } of streams) {
      const delivered = effects.flatMap(effect => (effect.type === 'deliver' ? [effect] : []))
      expect(
        delivered.map(({ position }) => position.seqno),
        scenario,
      ).toEqual(seqnos)
      expect(delivered.every(({ position }) => isPosition(position))).toBe(true)
      items += delivered.length
    }
    expect(items).toBeGreaterThan(80)
  })

  test('a crash that took writes back is answered by an earlier request, and told', () => {
    const [refusedAt, again] = of('dcp-rollback/crash-rollback')
    expect(refusedAt?.effects).toMatchObject([{ type: 'request', position: { seqno: 2, snapStart: 2, snapEnd: 2 } }])
    expect(again && typesOf(again)).toContain('rolled-back')
  })

  test('a crash that took nothing from this reader is told as a new branch', () => {
    const resumed = of('dcp-rollback/crash-no-rollback').at(-1)
    expect(resumed && typesOf(resumed).slice(0, 2)).toEqual(['rolled-back', 'opened'])
  })

  test('reconnecting within one branch tells nothing', () => {
    const resumed = of('dcp-rollback/resume-after-reconnect').at(-1)
    expect(resumed && typesOf(resumed)).toEqual(['opened', 'deliver', 'deliver'])
  })

  test('a moved vbucket is waited for, a dropped collection and a missing privilege are not', () => {
    expect(of('dcp-flow/end-state-changed').some(({ effects }) => effects.at(-1)?.type === 'wait')).toBe(true)
    expect(of('dcp-events/collection-dropped-filtered').at(-1)?.state).toMatchObject({ reason: 'filter-empty' })
    const limited = of('dcp-stream/collection-scoped-user').map(({ state }) => 'reason' in state && state.reason)
    expect(limited).toContain('no-access')
    expect(limited).toContain('unknown-collection')
  })
})
