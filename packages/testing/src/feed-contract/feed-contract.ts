import { runClauses, type ContractOptions } from '../contract/run-clauses.ts'
import { backPressureClauses } from './back-pressure.ts'
import { beginningClauses } from './beginning.ts'
import { deliveryClauses } from './delivery.ts'
import { endClauses } from './end.ts'
import { foreignTokenClauses } from './foreign-token.ts'
import { heldClauses } from './held.ts'
import { keysOnlyClauses } from './keys-only.ts'
import { kindsClauses } from './kinds.ts'
import { lostClauses } from './lost.ts'
import { nowClauses } from './now.ts'
import { orderClauses } from './order.ts'
import { probeClauses } from './probe.ts'
import { readerClauses } from './readers.ts'
import { removedClauses } from './removed.ts'
import { resumeClauses } from './resume.ts'

/**
 * Registers one test for each promise of `ChangeFeed`, tried on the feed of a store that keeps the store contract.
 *
 * @example
 * feedContract({ test, capabilities, setup: () => ({ open: async () => myStore(), teardown: async () => {} }) })
 */
export function feedContract(options: ContractOptions): void {
  runClauses(
    [
      ...nowClauses,
      ...deliveryClauses,
      ...orderClauses,
      ...removedClauses,
      ...beginningClauses,
      ...resumeClauses,
      ...lostClauses,
      ...foreignTokenClauses,
      ...kindsClauses,
      ...keysOnlyClauses,
      ...probeClauses,
      ...backPressureClauses,
      ...readerClauses,
      ...endClauses,
      ...heldClauses,
    ],
    options,
  )
}
