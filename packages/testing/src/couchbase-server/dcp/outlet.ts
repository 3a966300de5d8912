/** Where the messages of a producer leave. */
export interface Outlet {
  /** Bytes that may be sent before they only pile up; who finds none is told when there is more. */
  readonly roomBytes: number
  /** Sends whole messages, which the client did not ask for one by one. */
  push(messages: readonly Buffer[]): void
  /** Closes the connection after all that was to be sent. */
  close(): void
}
