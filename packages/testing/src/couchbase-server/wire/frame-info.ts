import { refuse, type Refusal } from './refusal.ts'
import { STATUS } from './status.ts'

/** What frame infos ask of an operation. */
export interface FrameInfos {
  /** How sure a write must be before it is answered; undefined: not asked for. */
  readonly durability: DurabilityLevel | undefined
  /** The document keeps its expiry, whatever the request says. */
  readonly preservesTtl: boolean
}

/** 1 majority, 2 majority and persisted on the active node, 3 persisted on a majority. */
type DurabilityLevel = 1 | 2 | 3

export const NO_FRAME_INFOS: FrameInfos = { durability: undefined, preservesTtl: false }

/**
 * Reads the frame infos of a request: each `id << 4 | length`, where 15 says that the next byte is added, then its content.
 *
 *     0  barrier, empty              3  open tracing, not empty
 *     1  durability: level u8, or level u8 and time-out in milliseconds u16
 *     2  DCP stream id               4  impersonated user
 *     5  preserve TTL, empty
 */
export function decodeFrameInfos(bytes: Buffer): FrameInfos | Refusal {
  let infos = NO_FRAME_INFOS
  for (let at = 0; at < bytes.length;) {
    const info = infoAt(bytes, at)
    if (!info) return refuse(STATUS.invalid, 'Invalid encoding in frame info')
    const { id, content, end } = info
    switch (id) {
      case 0:
        if (content.length > 0) return refuse(STATUS.invalid, 'Barrier should not contain value')
        break
      case 1: {
        const level = durabilityLevel(content)
        if (typeof level !== 'number') return level
        infos = { ...infos, durability: level }
        break
      }
      case 2:
        if (content.length !== 2) return refuse(STATUS.invalid, 'DcpStreamId invalid size')
        break
      case 3:
        if (content.length === 0) return refuse(STATUS.invalid, 'OpenTracingContext cannot be empty')
        break
      case 4:
        if (content.length === 0) return refuse(STATUS.invalid, 'Impersonated user must be set')
        break
      case 5:
        if (content.length > 0) return refuse(STATUS.invalid, 'PreserveTtl should not contain value')
        infos = { ...infos, preservesTtl: true }
        break
      default:
        return refuse(STATUS.unknownFrameInfo)
    }
    at = end
  }
  return infos
}

function infoAt(bytes: Buffer, start: number): { id: number; content: Buffer; end: number } | undefined {
  let at = start
  const head = bytes[at++]
  if (head === undefined) return undefined
  let id = head >> 4
  let length = head & 15
  if (id === 15) id += bytes[at++] ?? Number.NaN
  if (length === 15) length += bytes[at++] ?? Number.NaN
  const end = at + length
  return end <= bytes.length ? { id, content: bytes.subarray(at, end), end } : undefined
}

function durabilityLevel(content: Buffer): DurabilityLevel | Refusal {
  if (content.length !== 1 && content.length !== 3) {
    return refuse(STATUS.invalid, `Invalid sized buffer provided: ${content.length}`)
  }
  if (content.length === 3) {
    const timeoutMs = content.readUInt16BE(1)
    if (timeoutMs === 0) {
      return refuse(STATUS.durabilityInvalidLevel, 'Timeout(): Cannot specify bucket default timeout')
    }
    if (timeoutMs === 0xffff) {
      return refuse(STATUS.durabilityInvalidLevel, 'Timeout(): Cannot specify an infinite timeout')
    }
  }
  const level = content[0]
  if (level === 1 || level === 2 || level === 3) return level
  return refuse(STATUS.durabilityInvalidLevel, 'Content represents an invalid requirement specification')
}
