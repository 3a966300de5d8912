import { setTimeout as pause } from 'node:timers/promises'
import type { Scopes } from '@scopes/core'
import { startChild } from '../child.ts'
import { ObjectsScope, changedItem, itemOf } from '../sessions.ts'
import type { WatchedStore, WatcherInput, WatcherMessage } from './watcher-process.ts'

const commits = 1000
const visitors = 32
const everyMs = 10

/**
 * From the acknowledgement of a commit here until another process has seen it, for a thousand commits at 100 a second to
 * 100-object sessions: milliseconds. Negative: it was seen before.
 */
export async function watchedDelays(scopes: Scopes, store: WatchedStore): Promise<readonly number[]> {
  const input: WatcherInput = { store, changes: commits }
  const watcher = startChild<WatcherMessage>(new URL('watcher-process.js', import.meta.url), input)
  try {
    await watcher.next()
    // A server may have the sessions of an earlier run.
    const run = String(process.pid)
    const acknowledged = new Map<string, bigint>()
    for (let commit = 0; commit < commits; commit++) {
      const session = await scopes.open(ObjectsScope, `${run}-${commit % visitors}`)
      const { version } = await session.update(draft => void itemOf(draft.items, changedItem).quantity++)
      // The clock of this machine, the same for both processes.
      acknowledged.set(`${session.id} ${version}`, process.hrtime.bigint())
      await pause(everyMs)
    }
    const { seen = {} } = await watcher.next()
    return Object.entries(seen).map(([change, at]) => Number(BigInt(at) - (acknowledged.get(change) ?? 0n)) / 1e6)
  } finally {
    await watcher.stop()
  }
}
