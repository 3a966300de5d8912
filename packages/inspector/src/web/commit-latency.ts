import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/** An operation of a caller, as the channels tell it: the same object at its beginning and its end. */
interface Operation {
  readonly type: string
  readonly key?: { readonly application: string }
  /** Set at its end where it has failed. */
  readonly error?: unknown
}

const began = 'tracing:scopes:operation:start'
const ended = 'tracing:scopes:operation:asyncEnd'

/**
 * Tells how long each commit of that application has taken in this process, from the call to its answer, in milliseconds. Those
 * that fail are left out. @returns how to end it
 */
export function watchCommits(
  application: string,
  monotonic: () => number,
  tell: (durationMs: number) => void,
): () => void {
  const begins = new WeakMap<Operation, number>()
  const onBegin = (message: unknown): void => {
    const operation = message as Operation
    if (operation.type === 'commit' && operation.key?.application === application) begins.set(operation, monotonic())
  }
  const onEnd = (message: unknown): void => {
    const operation = message as Operation
    const begin = begins.get(operation)
    if (begin !== undefined && operation.error === undefined) tell(monotonic() - begin)
  }
  subscribe(began, onBegin)
  subscribe(ended, onEnd)
  return () => {
    unsubscribe(began, onBegin)
    unsubscribe(ended, onEnd)
  }
}
