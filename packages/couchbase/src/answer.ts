import { StoreUnavailableError, type WriteOutcome } from '@scopes/core'

/**
 * The answer, unless `signal` aborts first: then a StoreUnavailableError at once, and what comes later is thrown away. A
 * request that was sent cannot be called back.
 */
export function answerOf<Answer>(
  answer: Promise<Answer>,
  signal: AbortSignal | undefined,
  outcome: WriteOutcome,
): Promise<Answer> {
  if (signal === undefined) return answer
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortedError(signal, outcome))
    signal.addEventListener('abort', abort, { once: true })
    const settle = (): void => signal.removeEventListener('abort', abort)
    answer.then(resolve, reject).finally(settle)
  })
}

/** The caller gave up; `outcome` says whether the request may be executed all the same. */
export function abortedError({ reason }: AbortSignal, outcome: WriteOutcome): StoreUnavailableError {
  const text = reason instanceof Error ? reason.message : String(reason)
  return new StoreUnavailableError(`The call was given up by its caller: ${text}`, { cause: reason, outcome })
}
