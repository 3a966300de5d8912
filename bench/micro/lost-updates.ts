import { join } from 'node:path'
import { type Scopes, memoryStore, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { type Row, budgetRow } from '../rows.ts'
import { CounterScope } from '../sessions.ts'
import type { Suite } from '../suite.ts'
import { startWriters } from './writers.ts'

const names = { memory: 'lost-updates-memory', one: 'lost-updates-sqlite', two: 'lost-updates-sqlite-2' }
const clients = 8
const increments = 100

/** Eight clients increment one counter 100 times each: in one process, and in two. */
export const lostUpdates: Suite = {
  names: Object.values(names),
  async measure({ directory, progress }) {
    progress('lost-updates: 8 clients, 100 increments each')
    const inMemory = await openScopes({ application: 'bench', store: memoryStore() })
    const path = join(directory, 'scopes.db')
    const onSqlite = await openScopes({ application: 'bench', store: sqliteStore({ path }) })
    try {
      return [
        lostRow(names.memory, await lostInThisProcess(inMemory), 'one process; a memory store has no second'),
        lostRow(names.one, await lostInThisProcess(onSqlite), 'one process'),
        lostRow(names.two, await lostInTwoProcesses(onSqlite, path), 'two processes, 4 clients each'),
      ]
    } finally {
      await inMemory.close()
      await onSqlite.close()
    }
  },
}

async function lostInThisProcess(scopes: Scopes): Promise<number> {
  const client = async (): Promise<void> => {
    for (let turn = 0; turn < increments; turn++) {
      const counter = await scopes.open(CounterScope, 'one-process')
      await counter.update(draft => void draft.count++)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return lost(scopes, 'one-process')
}

async function lostInTwoProcesses(scopes: Scopes, path: string): Promise<number> {
  const writers = await startWriters(path, 2)
  try {
    await writers.run({ way: 'scopes', id: 'two-processes', writers: clients / 2, increments, milliseconds: 60_000 })
  } finally {
    await writers.stop()
  }
  return lost(scopes, 'two-processes')
}

async function lost(scopes: Scopes, id: string): Promise<number> {
  const counter = await scopes.open(CounterScope, id)
  return clients * increments - counter.value.count
}

function lostRow(name: string, value: number, note: string): Row {
  return budgetRow({ name, value, unit: `of ${clients * increments}`, note }, { relation: '=', limit: 0 })
}
