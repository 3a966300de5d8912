import { FEATURE } from '../wire/feature.ts'
import { decodeFrameInfos, NO_FRAME_INFOS, type FrameInfos } from '../wire/frame-info.ts'
import { refuse, refusalAnswer, type Refusal } from '../wire/refusal.ts'
import type { RequestFrame } from '../wire/request.ts'
import type { Answer } from '../wire/response.ts'
import { STATUS } from '../wire/status.ts'
import { isRefusal, type NodeView, type Operation, type Outcome } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { shapeError } from './request-shape.ts'
import type { Session } from './session.ts'

/** What becomes of the connection after a request, and what is answered. */
export type Execution =
  | { readonly type: 'answer'; readonly answer: Answer }
  | { readonly type: 'silent' }
  /** The connection closes, after the answer if there is one. */
  | { readonly type: 'close'; readonly answer?: Answer }

/** Carries out a request. */
export function execute(request: RequestFrame, session: Session, node: NodeView): Execution {
  const operation = OPERATIONS.get(request.opcode)
  if (!session.access && operation?.needs !== 'nothing') return answered({ status: STATUS.noAccess })
  if (!operation) return answered({ status: STATUS.unknownCommand })
  const wrong = shapeError(request, operation.shape, session)
  if (wrong) return answered(refusalAnswer(wrong, session.knowsJson))
  const infos = frameInfos(request, operation)
  if (isInfoRefusal(infos)) return answered(refusalAnswer(infos, session.knowsJson))
  if (operation.needs === 'bucket' && !session.bucket) return answered({ status: STATUS.noBucket })
  if (operation.needs === 'producer') {
    if (!session.producer) return answered(refusalAnswer(NO_PRODUCER, session.knowsJson))
    session.producer.heard()
  }
  return executed(operation.run({ request, session, node, infos }), session, operation)
}

const NO_PRODUCER: Refusal = refuse(STATUS.invalid, 'The command can only be sent on a DCP connection')

function executed(outcome: Outcome, session: Session, operation: Operation): Execution {
  if (outcome === 'silent') return { type: 'silent' }
  if (outcome === 'cut off') return { type: 'close' }
  if (outcome === 'closed') return { type: 'close', answer: { status: STATUS.success } }
  const answer = isRefusal(outcome) ? refusalAnswer(outcome, session.knowsJson) : outcome
  const isUnderstood = session.features.has(FEATURE.extendedErrors) || operation.needs === 'nothing'
  return isUnderstood ? answered(answer) : withoutExtendedErrors(answer, session)
}

/** A client that knows only the old statuses is told one of them, or disconnected. */
function withoutExtendedErrors(answer: Answer, session: Session): Execution {
  switch (answer.status) {
    case STATUS.locked:
      return answered({ status: STATUS.exists })
    case STATUS.noAccess:
    case STATUS.durabilityInvalidLevel:
    case STATUS.durabilityImpossible:
    case STATUS.syncWriteInProgress:
    case STATUS.syncWriteAmbiguous:
      return { type: 'close' }
    case STATUS.unknownCollection:
    case STATUS.unknownScope:
      return session.knowsCollections ? answered(answer) : { type: 'close' }
    default:
      return answered(answer)
  }
}

function frameInfos({ framing }: RequestFrame, { frameInfos: support }: Operation): FrameInfos | Refusal {
  const infos = framing.length > 0 ? decodeFrameInfos(framing) : NO_FRAME_INFOS
  if (isInfoRefusal(infos)) return infos
  if (infos.preservesTtl && !support?.preserveTtl) {
    return refuse(STATUS.notSupported, 'This command does not support PreserveTtl')
  }
  if (infos.durability === undefined || support?.durability === 'supported') return infos
  return support?.durability === 'refused'
    ? refuse(STATUS.notSupported)
    : refuse(STATUS.invalid, 'The requested command does not support durability requirements')
}

function isInfoRefusal(infos: FrameInfos | Refusal): infos is Refusal {
  return 'type' in infos
}

function answered(answer: Answer): Execution {
  return { type: 'answer', answer }
}
