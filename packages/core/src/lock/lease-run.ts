import type { Clock } from '../clock.ts'
import type { Patience } from '../commit/patience.ts'
import { LockLostError, ScopesError } from '../errors.ts'
import type { StoreToken } from '../document/stored-document.ts'
import type { DocumentStore, MutationResult } from '../store/document-store.ts'
import type { LeaseIds } from './lease-ids.ts'
import { type LeaseMemory, type LeaseWish, noMemory } from './lease-memory.ts'
import type { LeaseEffect, LeaseEvent, LeaseOutcome, LeaseState } from './lease-state.ts'
import { type LockDocument, decodeLock, encodeLock, ttlSecondsOf } from './lock-document.ts'
import { nameOfLock } from './lock-key.ts'
import { nextLease, wakeAt } from './next-lease.ts'

/** What leases of a process work with. */
export interface LeaseServices {
  readonly store: DocumentStore
  readonly clock: Clock
  /** For answers of the store. */
  readonly patience: Patience
  readonly ids: LeaseIds
}

/** What happens to a lease, told once each. */
export interface LeaseHandlers {
  /** Others hold it: it stands in line, and somebody should call `wake` when the lock changes. */
  readonly onWaiting?: () => void
  /** It is held. */
  readonly onGranted: (token: StoreToken) => void
  /** It is over; `granted` may never have come. */
  readonly onOver: (outcome: LeaseOutcome) => void
}

/** The next moment, monotonic milliseconds, that is waited for. */
interface Alarm {
  readonly at: number
  readonly abort: AbortController
}

/** Drives one lease from the first request to the end of its release: does what the machine asks for, and nothing else. */
export class LeaseRun {
  /** Aborts with LockLostError as soon as others may hold the lock. */
  readonly signal: AbortSignal
  /** The last failure of the store. */
  lastError: unknown
  /** The lock as it was last seen. */
  lastSeen: LockDocument | undefined
  readonly #services: LeaseServices
  readonly #key: string
  readonly #wish: LeaseWish
  readonly #handlers: LeaseHandlers
  readonly #loss = new AbortController()
  #state: LeaseState
  #alarm: Alarm | undefined
  /** Changes that were announced while a request was under way. */
  #hasWaited = false
  #isClosing = false
  #missed: readonly (StoreToken | undefined)[] = []
  readonly #over: Promise<void>
  #end: () => void = () => {}

  constructor(
    services: LeaseServices,
    { key, wish, memory = noMemory }: { readonly key: string; readonly wish: LeaseWish; readonly memory?: LeaseMemory },
    handlers: LeaseHandlers,
  ) {
    this.#services = services
    this.#key = key
    this.#wish = wish
    this.#handlers = handlers
    this.#state = { type: 'new', memory }
    this.signal = this.#loss.signal
    this.#over = new Promise(resolve => {
      this.#end = resolve
    })
  }

  /** What it knows of itself and others, for the next try of the same acquire. */
  get memory(): LeaseMemory {
    return this.#state.memory
  }

  start(): void {
    this.#dispatch({ type: 'started' })
  }

  /** The lock has changed: by this token, or who knows by which. */
  wake(token: StoreToken | undefined): void {
    // What was read or written meanwhile may be older.
    const isAsking = this.#state.type === 'looking' || this.#state.type === 'asking'
    if (isAsking) this.#missed = [...this.#missed, token]
    else this.#dispatch({ type: 'woken', token })
  }

  /** Leaves it to be taken for dead: something was written in its name that may still land. */
  abandon(): void {
    this.#dispatch({ type: 'abandoned' })
  }

  /** As `release`, but a store that fails is not tried again. The signal aborts with `reason`. */
  close(reason: Error): Promise<void> {
    this.#isClosing = true
    this.#loss.abort(reason)
    return this.release()
  }

  /** Gives it up, or back. Resolves when that is done: at the latest when others take it for dead. Idempotent, never rejects. */
  release(): Promise<void> {
    this.#dispatch({ type: 'unwanted' })
    return this.#over
  }

  #dispatch(event: LeaseEvent): void {
    const { clock } = this.#services
    if (event.type === 'loaded') this.lastSeen = event.view?.document
    const inputs = { now: clock.monotonic(), random: Math.random() }
    const { state, effects } = nextLease(this.#wish, this.#state, event, inputs)
    const wasOver = this.#state.type === 'over'
    this.#state = state
    this.#setAlarm(wakeAt(state))
    for (const effect of effects) this.#carryOut(effect)
    if (state.type === 'waiting' && !this.#hasWaited) {
      this.#hasWaited = true
      this.#handlers.onWaiting?.()
    }
    if (state.type === 'waiting' && this.#missed.length > 0) {
      const missed = this.#missed
      this.#missed = []
      for (const token of missed) this.#dispatch({ type: 'woken', token })
    }
    if (this.#isClosing && state.type === 'resting') return this.#dispatch({ type: 'abandoned' })
    if (state.type !== 'over' || wasOver) return
    this.#end()
    this.#handlers.onOver(state.outcome)
  }

  #carryOut(effect: LeaseEffect): void {
    const { store } = this.#services
    switch (effect.type) {
      case 'load':
        void this.#load()
        return
      case 'insert': {
        const { document } = effect
        const ttlSeconds = ttlSecondsOf(document)
        return void this.#write(() => store.insert(this.#key, encodeLock(document), { ttlSeconds }))
      }
      case 'replace': {
        const { document, token } = effect
        const ttlSeconds = ttlSecondsOf(document)
        return void this.#write(() => store.replace(this.#key, encodeLock(document), token, { ttlSeconds }))
      }
      case 'remove':
        return void this.#write(() => store.remove(this.#key, effect.token))
      case 'granted':
        return this.#handlers.onGranted(effect.token)
      case 'lost': {
        const message = `The lock ${nameOfLock(this.#key)} is lost: nothing was heard of its holder for so long that others may hold it now. Stop, and take it again.`
        return this.#loss.abort(new LockLostError(message, { lock: this.#key, cause: this.lastError }))
      }
      default:
        return effect satisfies never
    }
  }

  async #load(): Promise<void> {
    const { store, patience } = this.#services
    try {
      const stored = await patience.within(store.load(this.#key))
      const view = stored && { document: decodeLock(stored.bytes, this.#key), token: stored.token }
      this.#dispatch({ type: 'loaded', view })
    } catch (error) {
      this.lastError = error
      this.#dispatch({ type: 'load-failed' })
    }
  }

  async #write(send: () => Promise<MutationResult>): Promise<void> {
    this.#dispatch(await this.#answer(send))
  }

  async #answer(send: () => Promise<MutationResult>): Promise<LeaseEvent> {
    try {
      const result = await this.#services.patience.within(send())
      return result.type === 'done' ? result : { type: 'refused' }
    } catch (error) {
      this.lastError = error
      const isDefinite = error instanceof ScopesError && error.outcome === 'none'
      return { type: isDefinite ? 'failed' : 'ambiguous' }
    }
  }

  /** One timer, for the next moment that the machine waits for. */
  #setAlarm(at: number | undefined): void {
    if (this.#alarm?.at === at) return
    this.#alarm?.abort.abort()
    this.#alarm = undefined
    if (at === undefined) return
    const alarm = { at, abort: new AbortController() }
    this.#alarm = alarm
    void this.#ring(alarm)
  }

  async #ring(alarm: Alarm): Promise<void> {
    const { clock } = this.#services
    // Timers may be early, and know no time over 24 days.
    while (this.#alarm === alarm) {
      const left = alarm.at - clock.monotonic()
      if (left <= 0) {
        this.#alarm = undefined
        return this.#dispatch({ type: 'time' })
      }
      await clock.sleep(Math.min(Math.ceil(left), 2 ** 30), alarm.abort.signal)
    }
  }
}
