import type { Frame } from './frame.ts'
import { extrasStartOf, malformed, refuseKey, refuseValue } from './shape.ts'

/** The server sends no more of a stream. */
export interface StreamEnd {
  readonly type: 'stream-end'
  readonly reason: StreamEndReason
}

/** Why, by name. */
const streamEndReasons = {
  /** The end that was asked for is reached. */
  ok: 0,
  /** The client closed it. */
  closed: 1,
  /** The vbucket is no longer active there: it moved. */
  'state-changed': 2,
  disconnected: 3,
  /** The client did not keep up and its place in memory was given up. */
  'too-slow': 4,
  'backfill-failed': 5,
  /** The history changed; a new request will be told from where. */
  rollback: 6,
  /** No collection of the filter is left. */
  'filter-empty': 7,
  'lost-privileges': 8,
} as const

/** Why a stream ended. */
export type StreamEndReason = keyof typeof streamEndReasons

/** DCP_STREAM_END: extras reason u32. */
export function decodeStreamEnd(frame: Frame): StreamEnd {
  refuseKey(frame, 'DCP_STREAM_END')
  refuseValue(frame, 'DCP_STREAM_END')
  const code = frame.bytes.readUInt32BE(extrasStartOf(frame, 'DCP_STREAM_END', [4]))
  const reason = names.get(code)
  if (reason === undefined) throw malformed(frame, `A stream ended for reason ${code}, which is not known.`)
  return { type: 'stream-end', reason }
}

const names: ReadonlyMap<number, StreamEndReason> = new Map(
  (Object.entries(streamEndReasons) as [StreamEndReason, number][]).map(([name, code]) => [code, name]),
)
