import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type TracedOperation, diagnostics } from '@scopes/core'

/** The same object at its beginning and its end; `error` is set where it has failed. */
type Operation = TracedOperation & { readonly error?: unknown }

const began = `tracing:${diagnostics.operation.name}:start`
const ended = `tracing:${diagnostics.operation.name}:asyncEnd`

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
    if (operation.type === 'commit' && operation.key.application === application) begins.set(operation, monotonic())
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
