import { openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { Lot, type LotState } from './lot.ts'

/** What the process is asked for, and answers by the stamp of what it has stored: a bid, or to sell. */
export type Order = LotState | 'sell'

// The process that writes. It knows nothing of the one that watches.
const scopes = await openScopes({ application: 'auction', store: sqliteStore({ path: process.argv[2] ?? '' }) })
const lot = await scopes.open(Lot, '4711')

async function carryOut(order: Order): Promise<void> {
  if (order === 'sell') await lot.end('sold')
  else await lot.update(draft => void Object.assign(draft, order))
  process.send?.(lot.stamp ?? '')
}

process.on('message', (order: Order) => void carryOut(order))
process.once('disconnect', () => void scopes.close())
process.send?.('ready')
