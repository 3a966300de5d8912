import { join } from 'node:path'
import { type ScopeDefinition, defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { startChild } from '../child.ts'
import { budgetRow, plainRow } from '../rows.ts'
import type { Suite } from '../suite.ts'
import type { ReplicasFilled, ReplicasInput } from './replicas-process.ts'

const names = { memory: 'replica-memory', fill: 'replica-fill', first: 'replica-first-read' }

/** A session whose state takes 300 bytes as it is stored. */
const Session: ScopeDefinition<{ text: string; count: number }> = defineScope({
  kind: 'session',
  initial: () => ({ text: 'x'.repeat(275), count: 1 }),
  idle: '30m',
})

/** Documents that are inserted together: SQLite takes those of one turn in few transactions. */
const together = 2000

/** What a process with replicas of very many small sessions needs: memory of each, and time to get them from the feed. */
export const replicas: Suite = {
  names: Object.values(names),
  async measure({ directory, progress, effort, isWanted }) {
    const count = effort.replicas
    const path = join(directory, 'scopes.db')
    await fill(path, count, progress)
    progress(`replicas: ${count} from the feed`)
    const input: ReplicasInput = { path, count }
    const child = startChild<ReplicasFilled>(new URL('replicas-process.js', import.meta.url), input, ['--expose-gc'])
    const filled = await child.next()
    await child.stop()
    const { documentBytes, heapBytes, residentBytes, cpuMs, wallMs, firstReadUs } = filled
    const each = `${count} replicas, documents of ${documentBytes} bytes with 300 bytes of state`
    const rows = [
      budgetRow(
        {
          name: names.memory,
          value: heapBytes,
          unit: 'bytes',
          note: `heap and buffers of each of ${each}; resident memory grew by ${Math.round(residentBytes)} each`,
        },
        { relation: '<', limit: 600 },
      ),
      budgetRow(
        {
          name: names.fill,
          value: count / (cpuMs / 1000),
          unit: 'documents/s',
          note: `from SQLite, by the CPU time of the process; by the clock ${(wallMs / 1000).toFixed(1)} s for ${count}`,
        },
        { relation: '>=', limit: 50_000 },
      ),
      plainRow({
        name: names.first,
        value: firstReadUs,
        unit: 'µs',
        note: 'CPU time of the first open and value of a replica, which is decoded then: mean of 10,000',
      }),
    ]
    return rows.filter(({ name }) => isWanted(name))
  },
}

/** Fills a store with copies of one session: a document does not say under which id it is stored. */
async function fill(path: string, count: number, progress: (text: string) => void): Promise<void> {
  const store = sqliteStore({ path, changesKept: 1000 })
  const scopes = await openScopes({ application: 'bench', store })
  await (await scopes.open(Session, 'model')).update(draft => void draft.count++)
  const model = await store.load('session:bench:model')
  if (model === undefined) throw new Error('The session was not stored.')
  for (let done = 0; done < count; done += together) {
    progress(`replicas: ${done} of ${count} sessions stored`)
    const ids = Array.from({ length: Math.min(together, count - done) }, () => crypto.randomUUID())
    await Promise.all(ids.map(id => store.insert(`session:bench:${id}`, model.bytes)))
  }
  await scopes.close()
}
