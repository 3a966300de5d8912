import type { Outcome, Tried } from './judge.ts'
import type { Operation } from './sheet.ts'

/** What was tried on one sheet: unknown until its caller is told. */
export class Ledger {
  readonly #tried = new Map<string, Tried>()

  get tried(): readonly Tried[] {
    return [...this.#tried.values()]
  }

  /** Of these operations, in their order, in the ledger's eyes. */
  outcomes(type: Outcome['type']): readonly Tried[] {
    return this.tried.filter(({ outcome }) => outcome.type === type)
  }

  /** Enters what is about to be tried. */
  expect(operations: readonly Operation[]): void {
    for (const operation of operations) this.#tried.set(operation.mark, { operation, outcome: { type: 'unknown' } })
  }

  /** Enters what became of it, in the same order. */
  enter(operations: readonly Operation[], outcomes: readonly Outcome[]): void {
    for (const [index, operation] of operations.entries()) {
      const outcome = outcomes[index]
      if (outcome) this.#tried.set(operation.mark, { operation, outcome })
    }
  }
}
