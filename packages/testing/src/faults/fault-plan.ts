import { InvalidArgumentError } from '@scopes/core'

import type { SeededRandom } from '../seeded-random.ts'

/** What a plan needs to know of a scripted fault. */
interface Scripted {
  readonly fault: string
  readonly operation?: string | undefined
  readonly key?: string | undefined
}

/** How often each fault is to happen by chance: 0 never, 1 always. Together at most 1. */
export type FaultRates<Fault extends string> = Readonly<Partial<Record<Fault, number>>>

/** What decides about faults. */
interface FaultPlanOptions<Fault extends string, Script> {
  /** All that can be meant. */
  readonly faults: readonly Fault[]
  readonly random: SeededRandom
  /** What happens first, in this order. */
  readonly script?: readonly Script[] | undefined
  readonly rates?: FaultRates<Fault> | undefined
  /** A fault that chance has chosen, with all that chance decides about it. */
  readonly byChance: (fault: Fault) => Script
}

/** Decides what goes wrong: first what is scripted, else what chance says. */
export class FaultPlan<Fault extends string, Script extends Scripted> {
  readonly #random: SeededRandom
  readonly #faults: readonly string[]
  readonly #byChance: (fault: Fault) => Script
  #script: readonly Script[]
  #rates: readonly (readonly [fault: Fault, rate: number])[]

  /** @throws InvalidArgumentError for a fault that there is not, or a rate that is none: the test would test nothing. */
  constructor({ faults, random, script = [], rates, byChance }: FaultPlanOptions<Fault, Script>) {
    this.#faults = faults
    for (const { fault } of script) this.#mustBeKnown(fault)
    for (const [fault, rate] of Object.entries(rates ?? {})) {
      this.#mustBeKnown(fault)
      if (rate === undefined || (typeof rate === 'number' && rate >= 0 && rate <= 1)) continue
      throw new InvalidArgumentError(`The rate of ${fault} must be a number from 0 to 1.`)
    }
    this.#random = random
    this.#byChance = byChance
    this.#script = script
    this.#rates = (Object.keys(rates ?? {}) as Fault[]).map(fault => [fault, rates?.[fault] ?? 0])
  }

  /**
   * Afterwards `scripted` happens once, to the first that it fits and that nothing scripted before fits.
   * @throws InvalidArgumentError for a fault that there is not.
   */
  next(scripted: Script): void {
    this.#mustBeKnown(scripted.fault)
    this.#script = [...this.#script, scripted]
  }

  /** Afterwards nothing is scripted and nothing happens by chance. */
  calm(): void {
    this.#script = []
    this.#rates = []
  }

  /** What happens to this one. What is scripted takes no chance away: the same calls have the same random faults. */
  draw(operation: string, key: string): Script | undefined {
    let chance = this.#random.next()
    const scripted = this.#script.find(
      ({ operation: itsOperation = operation, key: itsKey = key }) => itsOperation === operation && itsKey === key,
    )
    if (scripted) {
      this.#script = this.#script.filter(other => other !== scripted)
      return scripted
    }
    for (const [fault, rate] of this.#rates) {
      if (chance < rate) return this.#byChance(fault)
      chance -= rate
    }
    return undefined
  }

  #mustBeKnown(fault: string): void {
    if (this.#faults.includes(fault)) return
    throw new InvalidArgumentError(`There is no fault "${fault}"; there are ${this.#faults.join(', ')}.`)
  }
}
