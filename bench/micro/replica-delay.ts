import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { startChild } from '../child.ts'
import { budgetRow } from '../rows.ts'
import { ObjectsScope, changedItem, itemOf } from '../sessions.ts'
import { median, quantile } from '../statistics.ts'
import type { Suite } from '../suite.ts'
import type { ReplicaWatcherInput, ReplicaWatcherMessage } from './replica-watcher-process.ts'

const names = { median: 'replica-delay', p99: 'replica-delay-p99', idle: 'replica-idle-cpu' }
const commits = 1000
const visitors = 32
const everyMs = 10
/** So long that each lease of the reaper is renewed once in it. */
const idleMs = 20_000

/**
 * How long after its acknowledgement a commit is seen by a handle in another process that reads replicas: negative when it was
 * before. And what that process spends while nothing happens.
 */
export const replicaDelay: Suite = {
  names: Object.values(names),
  async measure({ directory, progress }) {
    const path = join(directory, 'scopes.db')
    const scopes = await openScopes({ application: 'bench', store: sqliteStore({ path }) })
    const ids = Array.from({ length: visitors }, (_, visitor) => `visitor-${visitor}`)
    const commit = async (id: string): Promise<number> => {
      const session = await scopes.open(ObjectsScope, id)
      const { version } = await session.update(draft => void itemOf(draft.items, changedItem).quantity++)
      return version
    }
    for (const id of ids) await commit(id)
    const input: ReplicaWatcherInput = { path, ids, changes: commits, idleMs }
    const watcher = startChild<ReplicaWatcherMessage>(new URL('replica-watcher-process.js', import.meta.url), input)
    try {
      progress(`replica-idle-cpu: ${idleMs / 1000} s in which nothing happens`)
      const { idleCpuShare = 0 } = await watcher.next()
      progress(`replica-delay: ${commits} commits at 100/s, seen by handles of another process`)
      const acknowledged = new Map<string, bigint>()
      for (let number = 0; number < commits; number++) {
        const id = ids[number % visitors] ?? ''
        const version = await commit(id)
        // The clock of this machine, the same for both processes.
        acknowledged.set(`${id} ${version}`, process.hrtime.bigint())
        await pause(everyMs)
      }
      const { seen = {} } = await watcher.next()
      const delays = Object.entries(seen).flatMap(([change, at]) => {
        const since = acknowledged.get(change)
        return since === undefined ? [] : [Number(BigInt(at) - since) / 1e6]
      })
      const note = `${delays.length} of ${commits} commits at 100/s on SQLite, 100-object sessions, seen by value$ of a replica`
      return [
        budgetRow({ name: names.median, value: median(delays), unit: 'ms', note }, { relation: '<', limit: 2 }),
        budgetRow({ name: names.p99, value: quantile(delays, 0.99), unit: 'ms', note }, { relation: '<', limit: 15 }),
        budgetRow(
          {
            name: names.idle,
            value: idleCpuShare * 100,
            unit: '% of a core',
            note: `CPU time of a process with ${visitors} held replicas that waits on the feed for ${idleMs / 1000} s`,
          },
          { relation: '<', limit: 0.5 },
        ),
      ]
    } finally {
      await watcher.stop()
      await scopes.close()
    }
  },
}
