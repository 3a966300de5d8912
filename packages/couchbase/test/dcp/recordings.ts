import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'
import { type Frame, headerBytes, frameLengthAt, frameOf } from '../../src/dcp/codec/frame.ts'

/** What a frame means, in the words of whoever recorded it. */
export interface Meaning {
  readonly magic: string
  readonly opcodeName: string
  readonly status?: string
  readonly vbucket?: number
  readonly cas: string
  readonly opaque: number
  readonly datatype: number
  readonly extras?: string
  readonly collectionId?: number
  readonly key?: string
  readonly value?: string
  readonly valueHex?: string
  readonly fields?: Readonly<Record<string, unknown>>
}

/** A frame that a real engine sent, or that was sent to it. */
export interface RecordedFrame {
  readonly scenario: string
  readonly from: 'client' | 'server'
  readonly connection: string
  readonly bytes: Buffer
  /** Undefined where several frames were sent at once, or they are no frame. */
  readonly meaning: Meaning | undefined
  /** What was noted beside a message of an authentication. */
  readonly scram: Readonly<Record<string, string>> | undefined
}

interface RecordedMessage {
  readonly hex?: string
  readonly decoded?: Meaning | readonly Meaning[]
  readonly scram?: Readonly<Record<string, string>>
}

interface Recording {
  readonly scenarios: readonly {
    readonly name: string
    readonly steps: readonly {
      readonly conn?: string
      readonly send?: RecordedMessage
      readonly expect?: readonly RecordedMessage[]
    }[]
  }[]
}

/** The recordings beside the checkout, or where the environment says. */
const folder: string =
  process.env['COUCHBASE_GOLDEN'] ?? join(import.meta.dirname, '../../../../../shared/couchbase-golden')

/** `describe` for tests of recorded bytes; they are skipped where there are none. */
export const describeRecorded: typeof describe.skip = existsSync(folder) ? describe : describe.skip

/** All frames of all recordings in the order of each scenario; empty where there are no recordings. */
export const recordedFrames: readonly RecordedFrame[] = existsSync(folder) ? readAll() : []

/** Those that one side sent under one of these names. */
export function recorded(from: 'client' | 'server', ...names: readonly string[]): readonly RecordedFrame[] {
  const found = recordedFrames.filter(
    frame => frame.from === from && frame.meaning !== undefined && names.includes(frame.meaning.opcodeName),
  )
  if (found.length === 0) throw new Error(`There is no recorded ${names.join(' or ')} of the ${from}.`)
  return found
}

/** What was recorded of a frame, with its meaning. */
export function meaningOf(frame: RecordedFrame): Meaning {
  if (frame.meaning === undefined) throw new Error('The frame was recorded without its meaning.')
  return frame.meaning
}

/** The frame that the recorded bytes are. */
export function frameFrom(bytes: Buffer): Frame {
  if (frameLengthAt(bytes, 0, bytes.length) !== bytes.length) throw new Error('This is not one frame.')
  if (bytes.length < headerBytes) throw new Error('This is no frame.')
  return frameOf(bytes)
}

/** A copy with other bytes from `at` on. */
export function patched(bytes: Buffer, at: number, ...values: readonly number[]): Buffer {
  const copy = Buffer.from(bytes)
  copy.set(values, at)
  return copy
}

function readAll(): readonly RecordedFrame[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort()
    .flatMap(name => framesOf(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Recording))
}

function framesOf({ scenarios }: Recording): readonly RecordedFrame[] {
  return scenarios.flatMap(({ name: scenario, steps }) =>
    steps.flatMap(({ conn: connection = '', send, expect = [] }) =>
      [...(send ? [frameAs('client', send)] : []), ...expect.map(message => frameAs('server', message))]
        .map(frame => ({ ...frame, scenario, connection }))
        .filter(({ bytes }) => bytes.length > 0),
    ),
  )
}

function frameAs(
  from: 'client' | 'server',
  { hex, decoded, scram }: RecordedMessage,
): Omit<RecordedFrame, 'scenario' | 'connection'> {
  const meaning = Array.isArray(decoded) ? undefined : (decoded as Meaning | undefined)
  return { from, bytes: Buffer.from(hex ?? '', 'hex'), meaning, scram }
}
