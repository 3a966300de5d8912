import { StoreUnavailableError, type WriteOutcome } from '@scopes/core'

import type { Aborts } from './aborts.ts'

/**
 * The answer, unless `signal` aborts first: then a StoreUnavailableError at once, and what comes later is thrown away. A
 * request that was sent cannot be called back.
 */
export function answerOf<Answer>(
  answer: Promise<Answer>,
  {
    signal,
    aborts,
    outcome,
  }: { readonly signal: AbortSignal | undefined; readonly aborts: Aborts; readonly outcome: WriteOutcome },
): Promise<Answer> {
  if (signal === undefined) return answer
  return new Promise((resolve, reject) => {
    const settle = aborts.on(signal, () => reject(abortedError(signal, outcome)))
    answer.then(resolve, reject).finally(settle)
  })
}

/** The caller gave up; `outcome` says whether the request may be executed all the same. */
export function abortedError({ reason }: AbortSignal, outcome: WriteOutcome): StoreUnavailableError {
  const text = reason instanceof Error ? reason.message : String(reason)
  return new StoreUnavailableError(`The call was given up by its caller: ${text}`, { cause: reason, outcome })
}
