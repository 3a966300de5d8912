import { documentKey, type Scopes } from '@scopes/core'
import type { Final } from './history.ts'
import type { HistoryRecorder } from './history-recorder.ts'
import { seenIn, type LedgerView } from './ledger.ts'

type FinalState = Pick<Final, 'life' | 'version' | 'commitId' | 'isEnded' | 'ledger'>

/**
 * Writes down what the store holds of each scope of the application, ended ones included. To be called when nothing is under
 * way any more: the checker takes it for the end of the history. The scopes hold ledgers.
 */
export async function recordFinals(scopes: Scopes, recorder: HistoryRecorder): Promise<void> {
  const finals = new Map<string, FinalState>()
  for await (const change of scopes.feed({ since: 'beginning' })) {
    if (change.type === 'caught-up') break
    if (!('key' in change)) continue
    const { key, life, version, commitId, type, value } = change
    const ledger = value === undefined ? undefined : seenIn(value as LedgerView)
    finals.set(documentKey(key), { life, version, commitId, isEnded: type === 'ended', ledger })
  }
  for (const [scope, final] of finals) recorder.write(scopes.process, { type: 'final', scope, ...final })
}
