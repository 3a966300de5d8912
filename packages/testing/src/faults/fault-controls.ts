import type { FeedFault, InjectedFault, ScriptedFault, ScriptedFeedFault, StoreFault } from './fault.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { FeedTroubles } from './feed-troubles.ts'
import type { FaultyNetwork } from './faulty-network.ts'
import type { Gate } from './gate.ts'

/** What the controls of a fault store act upon. */
interface FaultMachinery {
  readonly network: FaultyNetwork
  readonly plan: FaultPlan<StoreFault, ScriptedFault>
  readonly feedPlan: FaultPlan<FeedFault, ScriptedFeedFault>
  readonly feeding: Gate
  readonly readings: FeedTroubles['readings']
  readonly injected: readonly InjectedFault[]
}

/** Faults on cue, for tests that know what is to go wrong. */
export class FaultControls {
  readonly #machinery: FaultMachinery

  constructor(machinery: FaultMachinery) {
    this.#machinery = machinery
  }

  /** Afterwards the fault happens once, to the next request that it fits. Several wait in line. */
  next(scripted: ScriptedFault): void {
    this.#machinery.plan.next(scripted)
  }

  /** Afterwards the fault happens once, to the next message that it fits. */
  nextMessage(scripted: ScriptedFeedFault): void {
    this.#machinery.feedPlan.next(scripted)
  }

  /**
   * Afterwards nothing arrives: neither requests at the store nor, with `answers`, what the store says to requests that
   * it executes. A caller that aborts meanwhile is told that the outcome is unknown; its request is executed all the same.
   */
  hold(what: 'requests' | 'answers' = 'requests'): void {
    this.#machinery.network[what].close()
  }

  /** Afterwards what was held goes on, in the order in which it came. */
  release(): void {
    this.#machinery.network.requests.open()
    this.#machinery.network.answers.open()
  }

  /**
   * While set, nothing is executed and every call rejects as unavailable with outcome `none`: requests, `open`, `probe`,
   * and iterations of the feed at their next pull from the source.
   */
  failing(isFailing: boolean): void {
    this.#machinery.network.isFailing = isFailing
  }

  /** How many requests, or answers to them, are delayed on their way. */
  get delayedRequests(): number {
    return this.#machinery.network.delayed
  }

  /** How many requests are late or to be repeated, and have not landed. */
  get lateRequests(): number {
    return this.#machinery.network.late.count
  }

  /** Resolves when all late requests and repetitions have been executed. */
  async land(): Promise<void> {
    await this.#machinery.network.late.land()
  }

  /** Afterwards the feed is silent, though nothing tells its readers. */
  stopFeeding(): void {
    this.#machinery.feeding.close()
  }

  /** Afterwards the feed goes on where it stopped. */
  resumeFeeding(): void {
    this.#machinery.feeding.open()
  }

  /** Afterwards every reading under way is told `rolled-back`, also one that waits, and goes on a few messages earlier. */
  rollBackFeed(): void {
    for (const disturb of this.#machinery.readings) disturb('roll-back')
  }

  /** Afterwards every reading under way is told `lost`, also one that waits, and then all documents. */
  loseFeed(): void {
    for (const disturb of this.#machinery.readings) disturb('gap')
  }

  /** Afterwards nothing goes wrong any more: nothing scripted, nothing by chance, nothing held. What is late stays late. */
  calm(): void {
    this.#machinery.plan.calm()
    this.#machinery.feedPlan.calm()
    this.failing(false)
    this.resumeFeeding()
    this.release()
  }

  /** All faults that have happened, in order; for the message of a test that failed. */
  get injected(): readonly InjectedFault[] {
    return this.#machinery.injected
  }
}
