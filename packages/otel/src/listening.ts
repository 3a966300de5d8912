import type { AsyncLocalStorage } from 'node:async_hooks'
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'

/** What one telemetry listens to. */
export class Listening {
  readonly #undo: (() => void)[] = []

  /** From now on the listener is told what is published under the name. It must not throw: that would end the process. */
  on(name: string, listener: (message: never) => void): void {
    const listen = (message: unknown): void => listener(message as never)
    subscribe(name, listen)
    this.#undo.push(() => unsubscribe(name, listen))
  }

  /** From now on what runs traced under the name runs with the value in the storage. */
  bind<Value>(name: string, storage: AsyncLocalStorage<Value>, valueOf: (context: never) => Value): void {
    const bound = channel(name)
    bound.bindStore(storage, context => valueOf(context as never))
    this.#undo.push(() => bound.unbindStore(storage))
  }

  /** Afterwards nothing is listened to. */
  stop(): void {
    for (const undo of this.#undo.splice(0)) undo()
  }
}

/** The channels of a `tracingChannel` that tell of the beginning and of the end. */
export function tracingNames(name: string): { readonly start: string; readonly end: string } {
  return { start: `tracing:${name}:start`, end: `tracing:${name}:asyncEnd` }
}
