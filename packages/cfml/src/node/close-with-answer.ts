import type { ServerResponse } from 'node:http'

/** A request that counts as running. */
interface RunningRequest {
  /** Idempotent. */
  close(): Promise<void>
  abandon(): void
}

type AnswerFunction = (...values: readonly unknown[]) => unknown

/**
 * Closes the request when its answer has gone. Where the client goes before that, the code that answers runs on, and nothing of
 * Node tells when it is done but its answer, which nobody reads: the request is abandoned, and closed when that ends.
 */
export function closeWithAnswer(response: ServerResponse, request: RunningRequest): void {
  const gone = (): void => {
    if (response.writableEnded) return void request.close()
    const functions = response as unknown as { end: AnswerFunction }
    const { end } = functions
    functions.end = (...values) => {
      const result = Reflect.apply(end, response, values)
      void request.close()
      return result
    }
    request.abandon()
  }
  // Middleware before this one may have waited for longer than the client did.
  if (response.closed) gone()
  else response.once('close', gone)
}
