import type { CheckedChange } from './checked-engine.ts'
import { seenIn, type LedgerView } from './ledger.ts'
import type { ToldChange } from './history.ts'

/** A change as plain data. */
export function toldOf({ type, life, version, commitId, value, reason }: CheckedChange): ToldChange {
  const ledger = value === undefined ? undefined : seenIn(value as LedgerView)
  return { type, life, version, commitId, isExact: true, ...(reason !== undefined && { reason }), ledger }
}
