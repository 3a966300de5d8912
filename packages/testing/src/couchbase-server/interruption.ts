/** What is done to a connection in place of a message of changes that is about to leave on it. */
export type Interruption =
  /** It closes; so many bytes of the message still leave. Default: none. */
  | { readonly type: 'cut'; readonly bytes?: number }
  /** Nothing leaves on it any more though it stays open, until it is released: then all that waits leaves. */
  | { readonly type: 'freeze' }
  /** The message leaves with another byte at that place. */
  | { readonly type: 'garble'; readonly at: number; readonly byte: number }

/** Which messages an interruption meets. What is left out does not matter. */
export interface InterruptionMatch {
  readonly opcode?: number | readonly number[]
  readonly bucket?: string
  readonly vbucket?: number
  readonly node?: number
}

export interface InterruptionOptions {
  readonly match?: InterruptionMatch
  /** How many messages that match leave unharmed before; default: 0. */
  readonly after?: number
  /** How often it happens, then no more; default: 1, or for ever when it has a chance. */
  readonly times?: number
  /** How likely it is for each message that matches; default: 1. */
  readonly chance?: number
}

/** A message of changes as it is looked at to choose an interruption. */
export interface InterruptionTarget {
  readonly opcode: number
  readonly bucket: string
  readonly vbucket: number
  readonly node: number
}

export function meetsMessage(
  { opcode, bucket, vbucket, node }: InterruptionMatch,
  target: InterruptionTarget,
): boolean {
  if (!isOneOf(opcode, target.opcode)) return false
  if (bucket !== undefined && bucket !== target.bucket) return false
  if (node !== undefined && node !== target.node) return false
  return vbucket === undefined || vbucket === target.vbucket
}

/** Whether that opcode is meant; left out, every one is. */
export function isOneOf(opcodes: number | readonly number[] | undefined, opcode: number): boolean {
  return opcodes === undefined || (typeof opcodes === 'number' ? opcodes === opcode : opcodes.includes(opcode))
}
