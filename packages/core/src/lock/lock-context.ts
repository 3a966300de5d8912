import { AsyncLocalStorage } from 'node:async_hooks'
import type { HeldLock } from './held-lock.ts'

/** Which locks the running code holds: it belongs to the bodies that it was called in, also by way of promises and timers. */
export class LockContext {
  /** Made with the first lock: who uses none pays nothing. */
  #storage: AsyncLocalStorage<readonly HeldLock[]> | undefined

  /** Outermost first; undefined: none. A body that has ended holds nothing, whatever it has left running. */
  get held(): readonly HeldLock[] | undefined {
    const held = this.#storage?.getStore()?.filter(({ hasEnded }) => !hasEnded)
    return held === undefined || held.length === 0 ? undefined : held
  }

  /** The running code belongs to this lock's body. */
  find(key: string): HeldLock | undefined {
    return this.held?.find(({ lock }) => lock === key)
  }

  /** Runs the body under one lock more. */
  run<T>(held: HeldLock, body: () => T): T {
    this.#storage ??= new AsyncLocalStorage()
    return this.#storage.run([...(this.held ?? []), held], body)
  }

  /** Runs what is no part of the body that it is called in. */
  outside<T>(work: () => T): T {
    return this.#storage ? this.#storage.exit(work) : work()
  }

  /**
   * For something that is about to be written.
   * @throws LockLostError when a lock is lost
   */
  enter(): readonly HeldLock[] | undefined {
    const { held } = this
    for (const lock of held ?? []) lock.mustHold()
    return held
  }

  /** Nobody holds anything any more. What Node does for each promise of the process to follow bodies is done no longer. */
  close(): void {
    this.#storage?.disable()
  }

  /** None of the locks is released before the write is settled. */
  track(held: readonly HeldLock[] | undefined, write: Promise<unknown>): void {
    for (const lock of held ?? []) lock.track(write)
  }
}
