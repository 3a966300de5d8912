import type { Frame } from './frame.ts'
import { MalformedMessageError } from './malformed-message-error.ts'

/**
 * Afterwards the frame has extras of one of these lengths. Returns where they begin.
 * @throws MalformedMessageError otherwise; `message` names what was read
 */
export function extrasStartOf(frame: Frame, message: string, lengths: readonly number[]): number {
  const length = frame.keyStart - frame.extrasStart
  if (!lengths.includes(length)) {
    throw malformed(frame, `${message} has ${length} bytes of extras, not ${lengths.join(' or ')}.`)
  }
  return frame.extrasStart
}

/** Where the value begins, which has so many bytes. */
export function valueStartOf(frame: Frame, message: string, lengths: readonly number[]): number {
  const length = frame.bytes.length - frame.valueStart
  if (!lengths.includes(length)) {
    throw malformed(frame, `${message} has a value of ${length} bytes, not ${lengths.join(' or ')}.`)
  }
  return frame.valueStart
}

/** Afterwards the frame has no key. */
export function refuseKey(frame: Frame, message: string): void {
  if (frame.valueStart > frame.keyStart) throw malformed(frame, `${message} has a key.`)
}

/** Afterwards the frame has no value. */
export function refuseValue(frame: Frame, message: string): void {
  if (frame.bytes.length > frame.valueStart) throw malformed(frame, `${message} has a value.`)
}

/** The error for a frame that breaks its grammar. */
export function malformed(frame: Frame, message: string, cause?: unknown): MalformedMessageError {
  return new MalformedMessageError(message, { opcode: frame.opcode, ...(cause !== undefined && { cause }) })
}
