import type { Clock } from '../clock.ts'
import type { View } from '../commit/commit-state.ts'
import type { Indexing } from '../commit/indexing.ts'
import { deadlineAt } from '../definition/lifetime.ts'
import { indexedOf } from '../document/indexed.ts'
import type { LiveDocument } from '../document/scope-document.ts'
import { parseDocumentKey } from '../document/scope-key.ts'
import { diagnostics } from '../diagnostics.ts'
import type { ChangeFeed } from '../feed/change-feed.ts'
import type { EndHandlers } from '../life/end-handlers.ts'
import { reap } from '../life/reaper/reap.ts'
import { isUndecided } from '../life/reaper/undecided.ts'
import { Reaper } from '../life/reaper/reaper.ts'
import type { ScopeRegistry } from './scope-registry.ts'
import type { ScopeServices } from './scope-services.ts'
import type { ScopeState } from './scope-state.ts'

/** How this process ends scopes that nobody uses. */
export interface ReaperOptions {
  /**
   * After how many milliseconds without a sign of life another process takes over; default 60,000. The same in all processes.
   * Shorter means more writes: 64 for each third of it, of all processes together.
   */
  readonly leaseMs?: number
}

/** What reaping works with. */
export interface ReapingParts {
  readonly application: string
  readonly services: ScopeServices
  readonly registry: ScopeRegistry
  readonly handlers: EndHandlers
  readonly feed: ChangeFeed
  readonly leaseMs: number
}

/** The reaper of this process. What it ends goes through the queue of the scope where anybody here holds it. */
export function reaperOf({ application, services, registry, handlers, feed, leaseMs }: ReapingParts): Reaper {
  const { store, clock, patience, timeoutMs, ends, leases, clockWatch } = services
  const kindOf = (documentKey: string): string => parseDocumentKey(documentKey)?.kind ?? ''
  const target = {
    store,
    clock,
    patience,
    timeoutMs,
    keepEndsMsOf: (documentKey: string, { facts }: LiveDocument) =>
      registry.definitions.get(kindOf(documentKey))?.keepEndsMs ?? facts.keepEndsMs ?? 0,
    claimDelivery: (documentKey: string) => ends.claim(kindOf(documentKey)),
  }
  return new Reaper({
    application,
    clock,
    ends,
    handlers,
    clockWatch,
    feed,
    leaseMs,
    leases: { ...leases, clock: inBackground(clock) },
    usualDeadline: documentKey => {
      const definition = registry.definitions.get(kindOf(documentKey))
      // Ends of a kind that this process does not know may have handlers elsewhere.
      return definition?.keepEndsMs === 0 ? deadlineAt(definition.lifetime, clock.now(), clock.now()) : undefined
    },
    held: documentKey => registry.find(documentKey)?.copy,
    load: documentKey => patience.within(store.load(documentKey)),
    endOverdue: async documentKey => {
      const state = registry.find(documentKey)
      if (state) return endHeld(state)
      const { view, last } = await reap(documentKey, target)
      // An end that waits for handlers leaves its indexes when it is delivered.
      if (view?.document.type !== 'ended' || view.document.delivery.type !== 'delivered') return view
      if (last?.life === view.document.life) await leaveIndexes(services.indexing, documentKey, last)
      return view
    },
  })
}

async function endHeld(state: ScopeState): Promise<View> {
  await state.queue.run(async () => {
    const view = await state.load()
    if (view?.document.type === 'live' && (await isUndecided(view.document, state))) return
    await state.queue.endIfOverdue(view)
  })
  return state.copy
}

/** Never rejects: what stays is found to have ended by whoever reads the index next. */
async function leaveIndexes(indexing: Indexing, documentKey: string, document: LiveDocument): Promise<void> {
  const key = parseDocumentKey(documentKey)
  const indexed = indexedOf(document)
  if (key === undefined || indexed.size === 0) return
  try {
    await indexing.leave(indexed, { key, life: document.life })
  } catch (error) {
    diagnostics.backgroundFailed.publish({ documentKey, what: 'index', error })
  }
}

/** No process stays alive for its reaper. */
function inBackground(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal, { isBackground: true }),
  }
}
