import type { ScopeCache } from '../cache/scope-cache.ts'
import type { Clock } from '../clock.ts'
import type { Indexing } from '../commit/indexing.ts'
import type { Patience } from '../commit/patience.ts'
import type { ClockWatch } from '../life/clock-watch.ts'
import type { EndDeliveries } from '../life/end-deliveries.ts'
import type { LeaseServices } from '../lock/lease-run.ts'
import type { DocumentStore } from '../store/document-store.ts'
import type { Endings } from './endings.ts'
import type { Rereads } from './rereads.ts'

/** What all scopes of a process share. */
export interface ScopeServices {
  readonly store: DocumentStore
  readonly clock: Clock
  readonly cache: ScopeCache
  /** How long a write is tried, in milliseconds. */
  readonly timeoutMs: number
  /** For answers of the store. */
  readonly patience: Patience
  readonly indexing: Indexing
  /** The ends that were seen, also of scopes that nobody holds any more. */
  readonly endings: Endings
  /** Delivers ends to the handlers of this process. */
  readonly ends: EndDeliveries
  /** Reads scopes again in the background. */
  readonly rereads: Rereads
  /** For leases of this process. */
  readonly leases: LeaseServices
  /**
   * Whoever ends scopes that nobody uses, if anybody here does, keeps to this deadline (unix seconds) too: it is earlier than
   * the one that others know or expect.
   */
  readonly watchDeadline: (documentKey: string, deadline: number) => void
  readonly clockWatch: ClockWatch
}
