import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { startChild } from '../child.ts'
import { budgetRow } from '../rows.ts'
import { ObjectsScope, changedItem, itemOf } from '../sessions.ts'
import { median, quantile } from '../statistics.ts'
import type { Suite } from '../suite.ts'
import type { WatcherInput, WatcherMessage } from './watcher-process.ts'

const names = { median: 'feed-delay', p99: 'feed-delay-p99' }
const commits = 1000
const visitors = 32
const everyMs = 10

/** How long after its acknowledgement a commit is seen by a subscriber in another process: negative when it was before. */
export const feedDelay: Suite = {
  names: Object.values(names),
  async measure({ directory, progress }) {
    progress(`feed-delay: ${commits} commits at 100/s, seen by another process`)
    const path = join(directory, 'scopes.db')
    const scopes = await openScopes({ application: 'bench', store: sqliteStore({ path }) })
    const input: WatcherInput = { path, changes: commits }
    const watcher = startChild<WatcherMessage>(new URL('watcher-process.js', import.meta.url), input)
    try {
      await watcher.next()
      const acknowledged = new Map<string, bigint>()
      for (let commit = 0; commit < commits; commit++) {
        const session = await scopes.open(ObjectsScope, `visitor-${commit % visitors}`)
        const { version } = await session.update(draft => void itemOf(draft.items, changedItem).quantity++)
        // The clock of this machine, the same for both processes.
        acknowledged.set(`${session.id} ${version}`, process.hrtime.bigint())
        await pause(everyMs)
      }
      const { seen = {} } = await watcher.next()
      const delays = Object.entries(seen).map(
        ([change, at]) => Number(BigInt(at) - (acknowledged.get(change) ?? 0n)) / 1e6,
      )
      const note = `${delays.length} of ${commits} commits at 100/s on SQLite, 100-object sessions`
      return [
        budgetRow({ name: names.median, value: median(delays), unit: 'ms', note }, { relation: '<', limit: 2 }),
        budgetRow({ name: names.p99, value: quantile(delays, 0.99), unit: 'ms', note }, { relation: '<', limit: 15 }),
      ]
    } finally {
      await watcher.stop()
      await scopes.close()
    }
  },
}
