import type { ServerResponse } from 'node:http'

/** What everything that sends a final answer ends in. */
export type AnswerMethod = 'writeHead' | 'write' | 'end' | 'flushHeaders'

/** A function of a response; its arguments are handed on as they came. */
export type AnswerFunction = (...values: readonly unknown[]) => unknown

/** The functions of a response that a held answer replaces. */
export type AnswerFunctions = Record<AnswerMethod | 'on', AnswerFunction>

/** The response itself, as the functions that can be read and replaced on it. */
export function functionsOf(response: ServerResponse): AnswerFunctions {
  return response as unknown as AnswerFunctions
}

/** Calls the callback among the arguments of a `write` or `end` that will not happen, as Node would: later, with an error. */
export function refuse(values: readonly unknown[], error: unknown): void {
  const callback = values.findLast(value => typeof value === 'function') as AnswerFunction | undefined
  if (callback) process.nextTick(callback, error)
}
