import { ConflictError } from '../errors.ts'
import { deepEqual } from '../value/equal.ts'
import { formatPath } from '../value/path.ts'
import { askFunction } from './ask-function.ts'
import type { MergeConflict, MergeContest } from './conflict.ts'
import type { Decider, MergeFunction } from './policy.ts'

type Side = 'ours' | 'theirs'

/** A place where a decision is due. */
export interface OpenConflict extends MergeContest {
  /** The side whose write or delete an edit inside the old value ran into; undefined when it is not that. */
  readonly written?: Side
  /** What it means that a side wins, when that is not just its value. */
  readonly resultOf?: (winner: Side) => unknown
}

/** What one merge decided, in the order in which it came upon the places. */
export class Decisions {
  readonly conflicts: MergeConflict[] = []
  readonly #rejected: MergeContest[] = []

  /**
   * The value that the policy gives to the place (merge rule 17); undefined when that is none. Recorded, or kept for
   * `mustBeAccepted`.
   * @throws PolicyError, InvalidStateError when the policy is a function that fails.
   */
  decide(conflict: OpenConflict, decider: Decider): unknown {
    if (typeof decider === 'function') return this.ask(conflict, decider)
    switch (decider.type) {
      case 'lastWriter':
        // The write or delete stands, whose ever it is: what the edit was made for is gone.
        return this.#give(conflict, decider.type, conflict.written ?? 'ours')
      case 'firstWriter':
        return this.#give(conflict, decider.type, 'theirs')
      case 'reject':
        this.#rejected.push(contestOf(conflict))
        return conflict.theirs
      default:
        return decider.type satisfies never
    }
  }

  /** What the function says. @throws PolicyError, InvalidStateError */
  ask(conflict: MergeContest, policy: MergeFunction): unknown {
    const contest = contestOf(conflict)
    const result = askFunction(policy, contest)
    this.announce(contest, 'function', result)
    return result
  }

  /** Records a decision that was taken elsewhere. */
  announce(conflict: MergeContest, policy: string, result: unknown): void {
    const contest = contestOf(conflict)
    const [isOurs, isTheirs] = [deepEqual(result, contest.ours), deepEqual(result, contest.theirs)]
    const lost = isOurs === isTheirs ? 'none' : isOurs ? 'theirs' : 'ours'
    this.conflicts.push({ ...contest, policy, result, lost })
  }

  /** @throws ConflictError with every place where a `reject()` policy decided. */
  mustBeAccepted(): void {
    if (this.#rejected.length === 0) return
    const paths = this.#rejected.map(({ path }) => formatPath(path)).join(', ')
    throw new ConflictError(
      `Others changed ${paths}, and the merge policy rejects that; nothing was written. Decide on the current value, and commit again.`,
      {
        attempts: 0,
        rejected: this.#rejected,
      },
    )
  }

  #give(conflict: OpenConflict, policy: string, winner: Side): unknown {
    const result = conflict.resultOf ? conflict.resultOf(winner) : conflict[winner]
    const contest = contestOf(conflict)
    const loser = winner === 'ours' ? 'theirs' : 'ours'
    // An edit can have come to the very value that the other side wrote.
    const lost = deepEqual(contest.ours, contest.theirs) ? 'none' : loser
    this.conflicts.push({ ...contest, policy, result, lost })
    return result
  }
}

function contestOf({ path, kind, base, ours, theirs }: MergeContest): MergeContest {
  return { path, kind, base, ours, theirs }
}
