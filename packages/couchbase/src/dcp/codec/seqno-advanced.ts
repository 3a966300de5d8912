import type { Frame } from './frame.ts'
import { seqnoAt } from './seqno.ts'
import { extrasStartOf, refuseKey, refuseValue } from './shape.ts'

/** All up to this seqno that the filter lets through has been sent. */
export interface SeqnoAdvanced {
  readonly type: 'seqno-advanced'
  readonly seqno: number
}

/** DCP_SEQNO_ADVANCED: extras seqno u64. Sent where the last changes of a snapshot were filtered out. */
export function decodeSeqnoAdvanced(frame: Frame): SeqnoAdvanced {
  refuseKey(frame, 'DCP_SEQNO_ADVANCED')
  refuseValue(frame, 'DCP_SEQNO_ADVANCED')
  return { type: 'seqno-advanced', seqno: seqnoAt(frame.bytes, extrasStartOf(frame, 'DCP_SEQNO_ADVANCED', [8])) }
}
