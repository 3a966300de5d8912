import type { StoreToken } from '../document/stored-document.ts'
import { StoreUnavailableError } from '../errors.ts'
import type { LeaseWish } from './lease-memory.ts'
import { LeaseRun, type LeaseServices } from './lease-run.ts'
import { nameOfLock } from './lock-key.ts'
import type { LockRequest } from './lock-options.ts'
import type { LockWakes } from './lock-wakes.ts'
import type { Turn } from './wait-queue.ts'

/** What asking works with. */
export interface AskParts {
  readonly services: LeaseServices
  readonly wakes: LockWakes
  /** Leases that are not over. */
  readonly runs: Set<LeaseRun>
  /** Called once, when others have it and the lease stands in line. */
  readonly onWaiting: (run: LeaseRun) => void
  /** What is told when the lock was not free in time. */
  readonly lateError: (run: LeaseRun) => Error
}

/**
 * Asks the store for a lock until it is held. Rejects when it is not free in time (`lateError`), when the store fails and it is
 * not to be waited for, and with the reason of `signal`, if that is an Error, when it aborts; then nothing of it is left in the
 * store, or soon will not.
 */
export function askForLease(
  { services, wakes, runs, onWaiting, lateError }: AskParts,
  { key, type, amount, leaseMs, timeoutMs }: LockRequest,
  { turn, signal }: { readonly turn: Turn; readonly signal: AbortSignal },
): Promise<{ readonly run: LeaseRun; readonly token: StoreToken }> {
  return new Promise((resolve, reject) => {
    const { ids } = services
    const id = ids.next()
    const waits = timeoutMs > 0
    const wish: LeaseWish = { id, process: ids.process, type, amount, leaseMs, begins: 'insert', waits }
    let unwatch = (): void => {}
    const settle = (): void => {
      signal.removeEventListener('abort', abort)
      unwatch()
    }
    const giveUp = (error: Error): void => {
      settle()
      turn.gaveUp()
      reject(error)
    }
    const abort = (): void => {
      giveUp(signal.reason instanceof Error ? signal.reason : lateError(run))
      void run.release()
    }
    const run = new LeaseRun(
      services,
      { key, wish },
      {
        onWaiting: () => {
          onWaiting(run)
          unwatch = wakes.watch(key, token => run.wake(token))
        },
        onGranted: token => {
          settle()
          turn.granted()
          resolve({ run, token })
        },
        onOver: outcome => {
          runs.delete(run)
          if (outcome === 'taken') giveUp(lateError(run))
          if (outcome !== 'failed') return
          const message = `The store failed, so the lock ${nameOfLock(key)} could not be taken. Try again when the store is well.`
          giveUp(new StoreUnavailableError(message, { cause: run.lastError }))
        },
      },
    )
    runs.add(run)
    // The time may have run out while the turn was being handed over.
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    run.start()
  })
}
