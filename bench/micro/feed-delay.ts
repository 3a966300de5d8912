import { join } from 'node:path'
import { openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { budgetRow } from '../rows.ts'
import { median, quantile } from '../statistics.ts'
import type { Suite } from '../suite.ts'
import { watchedDelays } from './watched-delays.ts'

const names = { median: 'feed-delay', p99: 'feed-delay-p99' }

/** How long after its acknowledgement a commit is seen by a subscriber in another process: negative when it was before. */
export const feedDelay: Suite = {
  names: Object.values(names),
  async measure({ directory, progress }) {
    progress('feed-delay: commits at 100/s, seen by another process')
    const path = join(directory, 'scopes.db')
    const scopes = await openScopes({ application: 'bench', store: sqliteStore({ path }) })
    try {
      const delays = await watchedDelays(scopes, { type: 'sqlite', path })
      const note = `${delays.length} commits at 100/s on SQLite, 100-object sessions`
      return [
        budgetRow({ name: names.median, value: median(delays), unit: 'ms', note }, { relation: '<', limit: 2 }),
        budgetRow({ name: names.p99, value: quantile(delays, 0.99), unit: 'ms', note }, { relation: '<', limit: 15 }),
      ]
    } finally {
      await scopes.close()
    }
  },
}
