import { encodeBufferAcknowledgement } from '../codec/buffer-acknowledgement.ts'
import { type FlowControl, openFlow, processed, received } from '../stream/flow-control.ts'

/** The flow control of one connection: what is processed late, of a connection that is gone, is acknowledged to nobody. */
export class FlowAccount {
  readonly #send: (bytes: Buffer) => void
  #flow: FlowControl

  constructor(limit: number, send: (bytes: Buffer) => void) {
    this.#flow = openFlow(limit)
    this.#send = send
  }

  /** Bytes that came and were not processed. */
  get heldBytes(): number {
    return this.#flow.held
  }

  received(bytes: number): void {
    this.#flow = received(this.#flow, bytes)
  }

  processed(bytes: number): void {
    const { flow, acknowledge } = processed(this.#flow, bytes)
    this.#flow = flow
    if (acknowledge > 0) this.#send(encodeBufferAcknowledgement(0, acknowledge))
  }
}
