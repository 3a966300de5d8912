import { addToSet, append, inc, removeFromSet } from '@scopes/core'

import { type Ledger, type LedgerWrite, writeTo } from '../ledger.ts'

/** The same as `writeTo`, said by ops wherever there is one for it. */
export function writeByOps(draft: Ledger, write: LedgerWrite): void {
  const { mark, traces, clears } = write
  if (clears !== undefined) removeFromSet(draft, ['members'], clears)
  for (const trace of traces) {
    if (trace === 'list') append(draft, ['list'], mark)
    else if (trace === 'member') addToSet(draft, ['members'], mark)
    else if (trace === 'count') inc(draft, ['count'], 1)
  }
  writeTo(draft, { ...write, traces: traces.filter(trace => trace === 'field' || trace === 'last') })
}
