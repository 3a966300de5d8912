import { documentKey, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { childInput, tellParent } from '../child.ts'
import { CounterScope } from '../sessions.ts'
import { loadCoreParts } from './core-parts.ts'
import { NaiveWriter } from './naive-writer.ts'

/** What a process of writers is given. */
export interface WritersInput {
  readonly path: string
}

/** What its writers are to do. It ends when the first of the two limits is reached. */
export interface WriterTask {
  /** `locked`: each increment under one lock. */
  readonly way: 'scopes' | 'naive' | 'locked'
  /** The counter that everybody increments; it exists. */
  readonly id: string
  /** How many increment at the same time, each one after the other. */
  readonly writers: number
  /** How many increments each of them makes at most. */
  readonly increments: number
  readonly milliseconds: number
}

/** What it answers: first that it is ready, then to each task. */
export interface WriterReport {
  readonly acknowledged: number
}

// The program of one of several processes that write to the same scope.
const { path } = childInput() as WritersInput
const store = sqliteStore({ path })
const scopes = await openScopes({ application: 'bench', store })
const naive = new NaiveWriter(store, await loadCoreParts())
process.on('message', task => void carryOut(task as WriterTask))
tellParent({ acknowledged: 0 } satisfies WriterReport)

async function carryOut({ way, id, writers, increments, milliseconds }: WriterTask): Promise<void> {
  const until = performance.now() + milliseconds
  let acknowledged = 0
  const write = async (): Promise<void> => {
    const increment = await incrementer(way, id)
    for (let turn = 0; turn < increments && performance.now() < until; turn++) {
      await increment()
      acknowledged++
    }
  }
  await Promise.all(Array.from({ length: writers }, write))
  tellParent({ acknowledged } satisfies WriterReport)
}

async function incrementer(way: WriterTask['way'], id: string): Promise<() => Promise<unknown>> {
  if (way === 'naive') {
    const key = documentKey({ application: 'bench', kind: CounterScope.kind, id })
    return () => naive.increment(key)
  }
  if (way === 'locked') {
    return () =>
      scopes.lock({ name: id }, async () => {
        const fresh = await scopes.open(CounterScope, id)
        await fresh.update(draft => void draft.count++)
      })
  }
  const counter = await scopes.open(CounterScope, id)
  return () => counter.update(draft => void draft.count++)
}
