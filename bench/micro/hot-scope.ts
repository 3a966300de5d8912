import { join } from 'node:path'
import { openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { type Row, budgetRow } from '../rows.ts'
import { CounterScope } from '../sessions.ts'
import { median } from '../statistics.ts'
import type { Suite } from '../suite.ts'
import { startWriters } from './writers.ts'

const names = { ratio: 'hot-scope', fairness: 'hot-scope-fairness', lost: 'hot-scope-lost' }
const processes = 4
const writersEach = 16
const milliseconds = 2000
const rounds = 3

/** What one round gave. */
interface Round {
  readonly perSecond: number
  /** The slowest process to the fastest. */
  readonly fairness: number
  readonly lost: number
}

/** Everybody writes to one scope: with the queue of core, and by naive retry. */
export const hotScope: Suite = {
  names: Object.values(names),
  async measure({ directory, progress }) {
    const path = join(directory, 'scopes.db')
    const scopes = await openScopes({ application: 'bench', store: sqliteStore({ path }) })
    const writers = await startWriters(path, processes)
    const measured = { scopes: [] as Round[], naive: [] as Round[] }

    const run = async (way: keyof typeof measured, id: string): Promise<Round> => {
      const counter = await scopes.open(CounterScope, id)
      await counter.update(draft => void (draft.count = 1))
      const task = { way, id, writers: writersEach, increments: Number.MAX_SAFE_INTEGER, milliseconds }
      const acknowledged = await writers.run(task)
      const sum = acknowledged.reduce((total, count) => total + count, 0)
      const { value } = await scopes.open(CounterScope, id)
      const fairness = Math.min(...acknowledged) / Math.max(...acknowledged)
      return { perSecond: sum / (milliseconds / 1000), fairness, lost: sum + 1 - value.count }
    }
    try {
      for (let round = 0; round <= rounds; round++) {
        for (const way of ['naive', 'scopes'] as const) {
          progress(`hot-scope: ${way}, round ${round} of ${rounds}`)
          const result = await run(way, `${way}-${round}`)
          // The first one warms up.
          if (round > 0) measured[way].push(result)
        }
      }
    } finally {
      await writers.stop()
      await scopes.close()
    }
    return rowsOf(measured.scopes, measured.naive)
  },
}

function rowsOf(scopes: readonly Round[], naive: readonly Round[]): readonly Row[] {
  const rate = median(scopes.map(({ perSecond }) => perSecond))
  const naiveRate = median(naive.map(({ perSecond }) => perSecond))
  const writers = `${processes} processes x ${writersEach} writers on SQLite`
  const naiveFairness = median(naive.map(({ fairness }) => fairness)).toFixed(2)
  return [
    budgetRow(
      {
        name: names.ratio,
        value: median(scopes.map(({ perSecond }, round) => perSecond / (naive[round]?.perSecond ?? 0))),
        unit: 'x',
        note: `${writers}: ${rate.toFixed(0)} commits/s to ${naiveRate.toFixed(0)} of naive retry`,
      },
      { relation: '>=', limit: 20 },
    ),
    budgetRow(
      {
        name: names.fairness,
        value: median(scopes.map(({ fairness }) => fairness)),
        unit: 'slowest/fastest',
        note: `naive retry: ${naiveFairness}`,
      },
      { relation: '>', limit: 0.8 },
    ),
    budgetRow(
      {
        name: names.lost,
        value: scopes.reduce((sum, { lost }) => sum + lost, 0),
        unit: 'commits',
        note: `naive retry lost ${naive.reduce((sum, { lost }) => sum + lost, 0)}`,
      },
      { relation: '=', limit: 0 },
    ),
  ]
}
