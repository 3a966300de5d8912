/**
 * Bytes from a server that are no message of the protocol, or one that breaks its grammar. The connection they came from
 * cannot be read any further: close it and resume from the kept positions. No other kind of error leaves this folder for
 * bytes that came from outside; it is the `cause` of what a user of the store sees.
 */
export class MalformedMessageError extends Error {
  /** The opcode of the frame, where there was one. */
  readonly opcode: number | undefined

  constructor(message: string, options: { readonly opcode?: number | undefined; readonly cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'MalformedMessageError'
    this.opcode = options.opcode
  }
}
