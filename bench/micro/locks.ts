import { join } from 'node:path'
import { memoryStore, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { type StoreCall, observedStore } from '@scopes/testing'
import { type Row, budgetRow, plainRow } from '../rows.ts'
import { CounterScope } from '../sessions.ts'
import { median } from '../statistics.ts'
import type { Suite } from '../suite.ts'
import { startWriters } from './writers.ts'

const names = { trips: 'lock-round-trips', fairness: 'lock-fairness', rate: 'lock-grants', lost: 'lock-lost' }
const processes = 4
const milliseconds = 3000
const rounds = 3

/** What one round gave. */
interface Round {
  readonly perSecond: number
  /** The process with the fewest grants to the one with the most. */
  readonly fairness: number
  readonly lost: number
}

/** What a lock asks of the store when nobody else wants it, and who gets it when everybody does. */
export const locks: Suite = {
  names: Object.values(names),
  async measure({ directory, progress }) {
    const trips = await countTrips()
    const path = join(directory, 'scopes.db')
    const scopes = await openScopes({ application: 'bench', store: sqliteStore({ path }) })
    const writers = await startWriters(path, processes)
    const measured: Round[] = []
    try {
      for (let round = 0; round <= rounds; round++) {
        progress(`locks: round ${round} of ${rounds}`)
        const id = `locked-${round}`
        const counter = await scopes.open(CounterScope, id)
        await counter.update(draft => void (draft.count = 1))
        const task = { way: 'locked' as const, id, writers: 1, increments: Number.MAX_SAFE_INTEGER, milliseconds }
        const grants = await writers.run(task)
        const sum = grants.reduce((total, count) => total + count, 0)
        const { value } = await scopes.open(CounterScope, id)
        const fairness = Math.min(...grants) / Math.max(...grants)
        // The first one warms up.
        if (round > 0) {
          measured.push({ perSecond: sum / (milliseconds / 1000), fairness, lost: sum + 1 - value.count })
        }
      }
    } finally {
      await writers.stop()
      await scopes.close()
    }
    return [trips, ...rowsOf(measured)]
  },
}

async function countTrips(): Promise<Row> {
  const calls: StoreCall[] = []
  const store = observedStore(memoryStore(), { onCall: call => calls.push(call) })
  const scopes = await openScopes({ application: 'bench', store })
  calls.length = 0
  await scopes.lock({ name: 'till' }, () => {})
  const note = `lock and unlock, nobody else wants it: ${calls.map(({ method }) => method).join(', ')}`
  const trips = calls.length
  await scopes.close()
  return budgetRow({ name: names.trips, value: trips, unit: 'calls', note }, { relation: '=', limit: 2 })
}

function rowsOf(measured: readonly Round[]): readonly Row[] {
  const contenders = `${processes} processes contend for one lock on SQLite`
  return [
    budgetRow(
      {
        name: names.fairness,
        value: median(measured.map(({ fairness }) => fairness)),
        unit: 'slowest/fastest',
        note: `${contenders}, one commit in each body`,
      },
      { relation: '>', limit: 0.5 },
    ),
    plainRow({
      name: names.rate,
      value: median(measured.map(({ perSecond }) => perSecond)),
      unit: '/s',
      note: 'grants of all processes together, each with an open and a commit',
    }),
    budgetRow(
      {
        name: names.lost,
        value: measured.reduce((sum, { lost }) => sum + lost, 0),
        unit: 'commits',
        note: 'committed under the lock and not counted',
      },
      { relation: '=', limit: 0 },
    ),
  ]
}
