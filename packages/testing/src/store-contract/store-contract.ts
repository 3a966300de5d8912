import { runClauses, type ContractOptions } from '../contract/run-clauses.ts'
import { abortClauses } from './abort.ts'
import { appendClauses } from './append.ts'
import { bigDocumentClauses } from './big-documents.ts'
import { byteClauses } from './bytes.ts'
import { capabilityClauses } from './capabilities.ts'
import { closeClauses } from './close.ts'
import { concurrencyClauses } from './concurrency.ts'
import { durabilityClauses } from './durability.ts'
import { expiryClauses } from './expiry.ts'
import { insertClauses } from './insert.ts'
import { keyClauses } from './keys.ts'
import { loadClauses } from './load.ts'
import { openClauses } from './open.ts'
import { removeClauses } from './remove.ts'
import { replaceClauses } from './replace.ts'
import { sharedClauses } from './shared.ts'
import { tokenClauses } from './tokens.ts'

/**
 * Registers one test for each promise of `DocumentStore` that the declared capabilities include.
 *
 * @example
 * storeContract({ test, capabilities, setup: () => ({ open: async () => myStore(), teardown: async () => {} }) })
 */
export function storeContract(options: ContractOptions): void {
  runClauses(
    [
      ...capabilityClauses,
      ...openClauses,
      ...loadClauses,
      ...insertClauses,
      ...appendClauses,
      ...replaceClauses,
      ...removeClauses,
      ...tokenClauses,
      ...expiryClauses,
      ...durabilityClauses,
      ...concurrencyClauses,
      ...sharedClauses,
      ...byteClauses,
      ...keyClauses,
      ...bigDocumentClauses,
      ...abortClauses,
      ...closeClauses,
    ],
    options,
  )
}
