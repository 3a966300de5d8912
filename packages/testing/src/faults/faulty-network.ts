import { setMaxListeners } from 'node:events'

import { StoreUnavailableError, type Clock } from '@scopes/core'

import type { InjectedFault, ScriptedFault, StoreFault, StoreOperation } from './fault.ts'
import type { FaultPlan } from './fault-plan.ts'
import { gate, type Gate } from './gate.ts'
import { LateRequests } from './late-requests.ts'

/** One request to a store. */
interface StoreRequest<Answer> {
  readonly operation: StoreOperation
  readonly key: string
  /** What it writes; empty for one that writes nothing. */
  readonly bytes: Uint8Array
  readonly execute: (bytes: Uint8Array, signal: AbortSignal | undefined) => Promise<Answer>
}

/** What a network works with. */
interface NetworkOptions {
  readonly plan: FaultPlan<StoreFault, ScriptedFault>
  readonly clock: Clock
  readonly record: (injected: InjectedFault) => void
}

/** What lies between a caller and its store. Without faults it is not there: requests and answers pass at once. */
export class FaultyNetwork {
  readonly late: LateRequests = new LateRequests()
  /** Closed while requests are held. */
  readonly requests: Gate = gate()
  /** Closed while answers are held. */
  readonly answers: Gate = gate()
  readonly #options: NetworkOptions
  readonly #underWay = new Set<Promise<unknown>>()
  #closing = closing()
  /** Whether everything fails. */
  isFailing = false
  #delayed = 0

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  /** How many requests, or answers to them, are delayed on their way. */
  get delayed(): number {
    return this.#delayed
  }

  /** @throws StoreUnavailableError while everything fails. */
  checkFailing(): void {
    if (this.isFailing) throw new StoreUnavailableError('The store is failing (fault store).', { outcome: 'none' })
  }

  /** The answer to the request, after what the plan says has happened to it. */
  carry<Answer>(request: StoreRequest<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
    // A signal of its own: many calls for one caller would be as many listeners of his, which Node takes for a leak.
    const answer = this.#carry(request, signal && AbortSignal.any([signal]))
    this.#underWay.add(answer)
    const forget = (): void => void this.#underWay.delete(answer)
    answer.then(forget, forget)
    return answer
  }

  /** Afterwards requests are carried again. */
  open(): void {
    this.#closing = closing()
  }

  /** Resolves when everything under way has been answered. Delays are cut short; what was late is lost for good. */
  async drain(): Promise<void> {
    this.#closing.abort()
    this.requests.open()
    this.answers.open()
    await Promise.allSettled(this.#underWay)
    this.late.drop()
  }

  async #carry<Answer>(request: StoreRequest<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
    const { operation, key, bytes, execute } = request
    // Nothing happens to a request that is never sent.
    if (signal?.aborted === true || this.#closing.signal.aborted) return execute(bytes, signal)
    const fault = this.#options.plan.draw(operation, key)
    if (fault) this.#options.record({ fault: fault.fault, operation, key })
    const landing = this.late.countOperation()
    if (landing) await landing

    if (!fault && !this.requests.isClosed) {
      this.checkFailing()
      const answer = await execute(bytes, signal)
      await this.answers.pass(signal)
      return answer
    }
    // Who waits may go away: what was sent by then is executed all the same, and with the bytes it was sent with.
    const sent: StoreRequest<Answer> = { ...request, bytes: bytes.slice() }
    return unlessAborted(this.#arrive(sent, fault), signal, () => lost(request, 'was aborted under way', signal))
  }

  async #arrive<Answer>(request: StoreRequest<Answer>, fault: ScriptedFault | undefined): Promise<Answer> {
    await this.requests.pass()
    this.checkFailing()
    const answer = await this.#suffer(request, fault)
    await this.answers.pass()
    return answer
  }

  async #suffer<Answer>(request: StoreRequest<Answer>, scripted: ScriptedFault | undefined): Promise<Answer> {
    const { clock } = this.#options
    const execute = (): Promise<Answer> => request.execute(request.bytes, undefined)
    if (!scripted) return execute()
    const { fault, delayMs = 10, afterOperations = Infinity } = scripted
    switch (fault) {
      case 'delay':
        this.#delayed++
        await clock.sleep(delayMs, this.#closing.signal)
        this.#delayed--
        return execute()
      case 'delay-answer': {
        const answer = await execute()
        this.#delayed++
        await clock.sleep(delayMs, this.#closing.signal)
        this.#delayed--
        return answer
      }
      case 'fail':
        throw new StoreUnavailableError(`${request.operation} of ${request.key} failed (fault store).`, {
          outcome: 'none',
        })
      case 'lose-before':
        throw lost(request, 'was lost')
      case 'lose-after':
        await execute().catch(() => undefined)
        throw lost(request, 'was executed, its answer was lost')
      case 'late':
        this.late.add(execute, afterOperations)
        throw lost(request, 'is late')
      case 'duplicate': {
        const answer = await execute()
        this.late.add(execute, afterOperations)
        return answer
      }
      default:
        return fault satisfies never
    }
  }
}

/** Every delay listens to it; that many of them are no leak. */
function closing(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

function lost({ operation, key }: StoreRequest<unknown>, what: string, signal?: AbortSignal): StoreUnavailableError {
  return new StoreUnavailableError(`${operation} of ${key} ${what} (fault store).`, {
    outcome: operation === 'load' ? 'none' : 'unknown',
    ...(signal && { cause: signal.reason }),
  })
}

/** What `promise` settles to; rejects with `error` when `signal` aborts first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, error: () => Error): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(error())
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    const forget = (): void => signal.removeEventListener('abort', abort)
    promise.then(resolve, reject).finally(forget)
  })
}
