/** A request that cannot be answered as asked; Express reads `status`. The message is shown to the visitor. */
export class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
