import { StoreUnavailableError } from '../errors.ts'
import { type LeaseMemory, type LeaseWish, noMemory } from './lease-memory.ts'
import { LeaseRun, type LeaseServices } from './lease-run.ts'
import { nameOfLock } from './lock-key.ts'

/** A lease that is held. It renews itself until it is released or lost. */
export interface Lease {
  /** The store's token of the grant: each later holder has a greater one. */
  readonly fencingToken: bigint
  /** Aborts with LockLostError when others may hold it: from then on nothing may be done in its name. */
  readonly signal: AbortSignal
  /** Afterwards others can have it; where the store is down, when its time is over. Idempotent, never rejects. */
  release(): Promise<void>
}

/** The usual time, in milliseconds, after which a silent holder counts as dead. */
export const defaultLeaseMs = 15_000

/**
 * Somebody who wants a lease whenever it is free, and stands in no line: `tryAcquire` is to be called every third of the
 * lease, on the same object, which remembers between the calls what it has seen of others. That is how the silence of a dead
 * holder is told, by this process's monotonic clock alone (lease protocol §3).
 */
export class LeaseCandidate {
  readonly #services: LeaseServices
  readonly #key: string
  readonly #leaseMs: number
  readonly #beatsEveryMs: number | undefined
  #memory: LeaseMemory = noMemory
  #id: string

  /**
   * @param key the document key of the lock, see `lock-key.ts`
   * @param options `beatsEveryMs`: when it is renewed, see `LeaseWish`
   */
  constructor(
    services: LeaseServices,
    key: string,
    { leaseMs = defaultLeaseMs, beatsEveryMs }: Partial<Pick<LeaseWish, 'leaseMs' | 'beatsEveryMs'>> = {},
  ) {
    this.#services = services
    this.#key = key
    this.#leaseMs = leaseMs
    this.#beatsEveryMs = beatsEveryMs
    this.#id = services.ids.next()
  }

  /**
   * The lease, or undefined while somebody else holds it. One load, and a write if it is free.
   * Rejects with StoreUnavailableError when the store fails.
   */
  tryAcquire(): Promise<Lease | undefined> {
    const { ids } = this.#services
    const wish: LeaseWish = {
      id: this.#id,
      process: ids.process,
      type: 'exclusive',
      amount: 1,
      leaseMs: this.#leaseMs,
      beatsEveryMs: this.#beatsEveryMs,
      begins: 'look',
      waits: false,
    }
    return new Promise((resolve, reject) => {
      const run = new LeaseRun(
        this.#services,
        { key: this.#key, wish, memory: this.#memory },
        {
          onGranted: fencingToken => {
            // The next acquire is another one.
            this.#id = ids.next()
            this.#memory = noMemory
            resolve({ fencingToken, signal: run.signal, release: () => run.release() })
          },
          onOver: outcome => {
            if (outcome === 'released') return
            this.#memory = run.memory
            if (outcome === 'taken') return resolve(undefined)
            const message = `The store failed, so the lease ${nameOfLock(this.#key)} could not be taken. It is tried again.`
            reject(new StoreUnavailableError(message, { cause: run.lastError }))
          },
        },
      )
      run.start()
    })
  }
}
