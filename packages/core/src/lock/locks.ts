import { diagnostics } from '../diagnostics.ts'
import { InvalidArgumentError, LockTimeoutError, ScopesError, StoreUnavailableError } from '../errors.ts'
import type { ChangeFeed } from '../feed/change-feed.ts'
import { quoted } from '../value/quoted.ts'
import { askForLease } from './ask-for-lease.ts'
import { HeldLock } from './held-lock.ts'
import type { LeaseRun, LeaseServices } from './lease-run.ts'
import { LockContext } from './lock-context.ts'
import { LockReport } from './lock-report.ts'
import type { LockType } from './lock-document.ts'
import { nameOfLock } from './lock-key.ts'
import { type LockOptions, type LockRequest, lockRequest } from './lock-options.ts'
import { LockWakes } from './lock-wakes.ts'
import { type Turn, WaitQueue } from './wait-queue.ts'

/** A lock, as its body has it. */
export interface Lock {
  readonly type: LockType
  /** Each later holder has a greater one: a store that compares it can refuse a holder who does not know that he is none any more. */
  readonly fencingToken: bigint
  /** Aborts with LockLostError when others may hold the lock, or the scopes close: stop then. */
  readonly signal: AbortSignal
}

/** A lock that is held, and how it is given back. */
interface Taken {
  readonly held: HeldLock
  readonly run: LeaseRun
  readonly turn: Turn
  readonly report: LockReport
}

/** Told apart from every other reason to stop waiting. */
const timedOut = Symbol('timed out')

/** The locks of a process: waits in line, runs bodies, and gives back (lease protocol §1, §2). */
export class Locks {
  /** What the running code holds. */
  readonly context: LockContext = new LockContext()
  readonly #services: LeaseServices
  readonly #queue = new WaitQueue()
  readonly #wakes: LockWakes
  readonly #waiting = new Set<AbortController>()
  readonly #taken = new Set<Taken>()
  /** Leases that are asked for, held or given back. */
  readonly #runs = new Set<LeaseRun>()
  #isClosed = false

  constructor(services: LeaseServices, feed: ChangeFeed | undefined) {
    this.#services = services
    this.#wakes = new LockWakes(feed, services.clock)
  }

  /** See `scopes.lock`. */
  async lock<T>(options: LockOptions, body: (lock: Lock) => T | Promise<T>): Promise<T | undefined> {
    const request = lockRequest(options)
    if (typeof body !== 'function') {
      throw new InvalidArgumentError(`lock takes a function that runs while the lock is held, not ${quoted(body)}.`)
    }
    if (this.#isClosed) throw closedError()
    const again = this.context.find(request.key)
    if (again) return runAgain(again, request, body)
    if (!diagnostics.operation.hasSubscribers) return this.#run(request, body)
    const context = { type: 'lock', lock: request.key, lockType: request.type } as const
    return diagnostics.operation.trace(context, () => this.#run(request, body))
  }

  async #run<T>(request: LockRequest, body: (lock: Lock) => T | Promise<T>): Promise<T | undefined> {
    const taken = await this.#take(request)
    if (taken === undefined) return undefined
    const { held, turn } = taken
    try {
      return await this.context.run(held, () => body(lockOf(held)))
    } finally {
      await this.#giveBack(taken)
      turn.released()
    }
  }

  /**
   * Afterwards no lock is held or wanted any more: who waits is told that the scopes are closed, a body by its signal, and what
   * bodies had written is settled.
   */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const waiting of this.#waiting) waiting.abort(closedError())
    const ended = [...this.#taken].map(async ({ held, run }) => {
      if (!(await held.end())) run.abandon()
    })
    await Promise.all(ended)
    await Promise.all([...this.#runs].map(run => run.close(closedError())))
    this.#wakes.close()
    this.context.close()
  }

  async #giveBack(taken: Taken): Promise<void> {
    const { held, run, report } = taken
    this.#taken.delete(taken)
    const isSettled = await held.end()
    if (isSettled) await run.release()
    else run.abandon()
    report.released()
  }

  /** Undefined: the time was over, and that is no error. */
  async #take(request: LockRequest): Promise<Taken | undefined> {
    const { clock } = this.#services
    const { key, timeoutMs, signal, throwOnTimeout } = request
    const held = (this.context.held ?? []).map(({ lock }) => lock)
    const report = new LockReport(request, held, () => clock.monotonic())
    const waiting = new AbortController()
    const done = new AbortController()
    const abort = (): void => waiting.abort(abortedError(request))
    this.#waiting.add(waiting)
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
    if (timeoutMs > 0) void clock.sleep(timeoutMs, done.signal).then(() => waiting.abort(timedOut))
    else if (!this.#queue.isFree(key)) waiting.abort(timedOut)
    try {
      const taken = await this.#ask(request, held, report, waiting.signal)
      this.#taken.add(taken)
      report.granted(taken.held.token, taken.run.signal)
      return taken
    } catch (error) {
      report.failed(error)
      if (error instanceof LockTimeoutError && !throwOnTimeout) return undefined
      throw error
    } finally {
      done.abort()
      signal?.removeEventListener('abort', abort)
      this.#waiting.delete(waiting)
    }
  }

  async #ask(request: LockRequest, held: readonly string[], report: LockReport, signal: AbortSignal): Promise<Taken> {
    const { process } = this.#services.ids
    if (!this.#queue.isFree(request.key)) report.waits([process])
    const turn = await this.#queue.enter(request.key, isAlone(request), signal).catch((reason: unknown) => {
      // Somebody of this process holds the lock, or waits for it.
      throw reason === timedOut ? timeoutError(request, held, [process]) : reason
    })
    const holdersIn = ({ lastSeen }: LeaseRun): readonly string[] =>
      lastSeen?.holders.map(holder => holder.process) ?? []
    const lateError = (run: LeaseRun): Error => {
      const { lastSeen, lastError } = run
      return lastSeen === undefined && lastError !== undefined
        ? new StoreUnavailableError(
            `The store failed, so the lock ${nameOfLock(request.key)} could not be taken. Try again when the store is well.`,
            {
              cause: lastError,
            },
          )
        : timeoutError(request, held, [...new Set(holdersIn(run))])
    }
    const parts = {
      services: this.#services,
      wakes: this.#wakes,
      runs: this.#runs,
      lateError,
      onWaiting: (run: LeaseRun) => report.waits(holdersIn(run)),
    }
    const { run, token } = await askForLease(parts, request, { turn, signal })
    return { held: new HeldLock({ ...request, token, signal: run.signal }), run, turn, report }
  }
}

/** The owner has the lock already (L12). */
async function runAgain<T>(
  held: HeldLock,
  { key, type }: LockRequest,
  body: (lock: Lock) => T | Promise<T>,
): Promise<T> {
  if (held.type === 'readonly' && type === 'exclusive') {
    const message = `The lock ${nameOfLock(key)} is held readonly by the caller himself and cannot become exclusive: two who try would wait for each other. Take it as exclusive from the beginning.`
    throw new ScopesError('lock-upgrade', message, { outcome: 'none' })
  }
  held.mustHold()
  return await body(lockOf(held))
}

function lockOf({ type, token, signal }: HeldLock): Lock {
  return { type, fencingToken: token, signal }
}

function isAlone({ type, amount }: LockRequest): boolean {
  return type === 'exclusive' && amount === 1
}

function timeoutError(
  { key, type, timeoutMs }: LockRequest,
  held: readonly string[],
  holders: readonly string[],
): LockTimeoutError {
  const by = holders.length > 0 ? `; held by ${holders.join(', ')}` : ''
  const meanwhile =
    held.length > 0
      ? ` The caller holds ${held.map(nameOfLock).join(', ')} meanwhile: if the holder waits for that, take them in the same order everywhere.`
      : ''
  return new LockTimeoutError(
    `The ${type} lock ${nameOfLock(key)} was not free within ${timeoutMs} ms${by}.${meanwhile}`,
    { lock: key, type, timeoutMs, holders, held },
  )
}

function abortedError({ key, signal }: LockRequest): StoreUnavailableError {
  return new StoreUnavailableError(`The waiting for the lock ${nameOfLock(key)} was aborted by its signal.`, {
    cause: signal?.reason,
  })
}

function closedError(): StoreUnavailableError {
  return new StoreUnavailableError('The scopes are closed, and so are their locks. Use those of another openScopes.')
}
