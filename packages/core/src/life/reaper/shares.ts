import { diagnostics } from '../../diagnostics.ts'
import { type Lease, LeaseCandidate } from '../../lock/lease.ts'
import type { LeaseServices } from '../../lock/lease-run.ts'
import { memberLeaseKey, partitionLeaseKey } from '../../lock/lock-key.ts'
import { partitionOf, reaperPartitions } from './partition-of.ts'

/** What shares work with. */
export interface ShareParts {
  readonly application: string
  readonly leases: LeaseServices
  readonly leaseMs: number
}

/** What a round has brought. */
export interface ShareChange {
  readonly hasGained: boolean
  readonly hasLost: boolean
}

/** Behind so many free places no further process is looked for. */
const freePlaces = 2

/**
 * Which partitions this process reaps. Each has one owner, by lease. Processes take places in a row, by leases too, so that
 * they can be counted: each takes no more than its part, and gives back what is more.
 */
export class Shares {
  readonly #parts: ShareParts
  readonly #candidates = new Map<string, LeaseCandidate>()
  readonly #owned = new Map<number, Lease>()
  #place: Lease | undefined

  constructor(parts: ShareParts) {
    this.#parts = parts
  }

  /** Whether the document is for this process to reap, as far as it knows: another one may believe the same. */
  owns(documentKey: string): boolean {
    return this.#owned.get(partitionOf(documentKey))?.signal.aborted === false
  }

  /** How many partitions are owned. */
  get size(): number {
    return this.#owned.size
  }

  /**
   * To be called every third of the lease. Afterwards this process has its part, as far as it is free.
   * Rejects with StoreUnavailableError when the store fails.
   */
  async round(): Promise<ShareChange> {
    const before = [...this.#owned.keys()]
    for (const [partition, { signal }] of this.#owned) if (signal.aborted) this.#owned.delete(partition)
    const share = Math.ceil(reaperPartitions / (await this.#countMembers()))
    const surplus = [...this.#owned].slice(share)
    for (const [partition] of surplus) this.#owned.delete(partition)
    await Promise.all(surplus.map(([, lease]) => lease.release()))
    let hasGained = false
    for (const partition of inAnyOrder()) {
      if (this.#owned.size >= share) break
      if (this.#owned.has(partition)) continue
      const lease = await this.#try(partitionLeaseKey(this.#parts.application, partition))
      if (lease === undefined) continue
      this.#owned.set(partition, lease)
      hasGained = true
    }
    const hasLost = before.some(partition => !this.#owned.has(partition))
    if (hasGained || hasLost) {
      diagnostics.reaper.publish({ application: this.#parts.application, type: 'shares', partitions: this.#owned.size })
    }
    return { hasGained, hasLost }
  }

  /** Afterwards others can have what was owned. */
  async close(): Promise<void> {
    const leases = [...this.#owned.values(), ...(this.#place ? [this.#place] : [])]
    this.#owned.clear()
    await Promise.all(leases.map(lease => lease.release()))
  }

  /** This process included. One that died counts until its place is free again. */
  async #countMembers(): Promise<number> {
    const { application, leases } = this.#parts
    const { store, patience } = leases
    if (this.#place?.signal.aborted) this.#place = undefined
    let members = 0
    for (let place = 0, free = 0; free < freePlaces; place++) {
      const key = memberLeaseKey(application, place)
      if (this.#place === undefined) this.#place = await this.#try(key)
      if ((await patience.within(store.load(key))) === undefined) free++
      else {
        members++
        free = 0
      }
    }
    return Math.max(1, members)
  }

  #try(key: string): Promise<Lease | undefined> {
    const { leases, leaseMs } = this.#parts
    const candidate =
      this.#candidates.get(key) ?? new LeaseCandidate(leases, key, { leaseMs, beatsEveryMs: leaseMs / 12 })
    // It remembers what it has seen of a holder, by which a silent one is told.
    this.#candidates.set(key, candidate)
    return candidate.tryAcquire()
  }
}

/** All partitions, so that processes that begin together do not ask for the same ones. */
function inAnyOrder(): readonly number[] {
  const places = Array.from({ length: reaperPartitions }, (_, partition) => ({ partition, at: Math.random() }))
  return places.toSorted((one, other) => one.at - other.at).map(({ partition }) => partition)
}
