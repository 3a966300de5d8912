import type { FeedFault, InjectedFault, ScriptedFeedFault } from './fault.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { Gate } from './gate.ts'

/** What can be told to all readings of a feed at once. */
export type FeedTrouble = 'roll-back' | 'gap'

/** What a faulty feed is told by the store that it belongs to. */
export interface FeedTroubles {
  readonly plan: FaultPlan<FeedFault, ScriptedFeedFault>
  /** Closed while the feed is silent. */
  readonly feeding: Gate
  /** Throws while everything fails. */
  readonly checkFailing: () => void
  readonly record: (injected: InjectedFault) => void
  /** How to disturb each reading that is under way. */
  readonly readings: Set<(trouble: FeedTrouble) => void>
}
