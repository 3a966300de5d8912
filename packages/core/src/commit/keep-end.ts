import { markerExpiry } from '../definition/lifetime.ts'
import { journalKey, journalOf } from '../document/journal.ts'
import type { EndedDocument } from '../document/scope-document.ts'
import { StoreUnavailableError } from '../errors.ts'
import { backoffMs } from './backoff.ts'
import type { WriteTarget } from './commit-target.ts'

/** What keeping an end needs. */
export type EndKeeper = Pick<WriteTarget, 'store' | 'clock' | 'patience' | 'timeoutMs'>

/**
 * Afterwards the undelivered end is kept in a journal of its own, so that its marker may be replaced: one that is there
 * already is that of the same end (lease protocol N3). Rejects with StoreUnavailableError, outcome `none`, when the store fails for too long.
 */
export async function keepEnd(keeper: EndKeeper, documentKey: string, marker: EndedDocument): Promise<void> {
  const { store, clock, patience, timeoutMs } = keeper
  const { bytes } = journalOf(documentKey, marker)
  const options = { ...markerExpiry(marker.deadline, clock.now()), durability: 'strongest' } as const
  const until = clock.monotonic() + timeoutMs
  for (let failures = 1; ; failures++) {
    try {
      await patience.within(store.insert(journalKey(documentKey, marker.life), bytes, options))
      return
    } catch (error) {
      if (clock.monotonic() >= until) {
        const message = `${documentKey} cannot begin a new life: its end waits for handlers, and the store did not keep it. Nothing was written: try again when the store is well.`
        throw new StoreUnavailableError(message, { cause: error, outcome: 'none' })
      }
      await clock.sleep(backoffMs(failures, Math.random()))
    }
  }
}
