import type { SeededRandom } from '../seeded-random.ts'

/** What a plan needs to know of a scripted fault. */
interface Scripted {
  readonly operation?: string | undefined
  readonly key?: string | undefined
}

/** How often each fault is to happen by chance: 0 never, 1 always. Together at most 1. */
export type FaultRates<Fault extends string> = Readonly<Partial<Record<Fault, number>>>

/** What decides about faults. */
interface FaultPlanOptions<Fault extends string, Script> {
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
  readonly #byChance: (fault: Fault) => Script
  #script: readonly Script[]
  #rates: readonly (readonly [fault: Fault, rate: number])[]

  constructor({ random, script = [], rates, byChance }: FaultPlanOptions<Fault, Script>) {
    this.#random = random
    this.#byChance = byChance
    this.#script = script
    this.#rates = (Object.keys(rates ?? {}) as Fault[]).map(fault => [fault, rates?.[fault] ?? 0])
  }

  /** Afterwards `scripted` happens once, to the first that it fits and that nothing scripted before fits. */
  next(scripted: Script): void {
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
}
