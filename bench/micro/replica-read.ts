import { setImmediate } from 'node:timers/promises'
import { type ScopeCache, type Scopes, memoryStore, openScopes } from '@scopes/core'
import { replicas } from '@scopes/sync'
import { observedStore } from '@scopes/testing'
import { type Row, budgetRow } from '../rows.ts'
import { ObjectsScope, changedItem, itemOf } from '../sessions.ts'
import { median } from '../statistics.ts'
import type { Suite } from '../suite.ts'

const names = { memory: 'replica-read', fed: 'replica-read/fed' }
const samples = 201
const readsPerSample = 1000

/** What it costs to open a scope that memory has and to look at its value, with `cluster: false`. */
export const replicaRead: Suite = {
  names: Object.values(names),
  async measure({ progress, isWanted }) {
    const rows: Row[] = []
    if (isWanted(names.memory)) rows.push(await measureRead(names.memory, 'cluster: false', undefined, progress))
    if (isWanted(names.fed)) {
      rows.push(
        await measureRead(names.fed, 'cluster: false and replicas, kept current by the feed', replicas(), progress),
      )
    }
    return rows
  },
}

async function measureRead(
  name: string,
  what: string,
  cache: ScopeCache | undefined,
  progress: (text: string) => void,
): Promise<Row> {
  progress(`${name}: open and value`)
  let loads = 0
  const store = observedStore(memoryStore(), { onCall: ({ method }) => void (method === 'load' && loads++) })
  const scopes = await openScopes({ application: 'bench', store, cluster: false, ...(cache && { cache }) })
  if (cache) await untilLive(scopes)
  const session = await scopes.open(ObjectsScope, 'visitor')
  await session.update(draft => void itemOf(draft.items, changedItem).quantity++)
  const microseconds: number[] = []
  let quantity = 0
  loads = 0
  for (let sample = 0; sample < samples; sample++) {
    // The rest of the process has its turn between samples, as between requests.
    await setImmediate()
    const begin = performance.now()
    for (let read = 0; read < readsPerSample; read++) {
      const opened = await scopes.open(ObjectsScope, 'visitor')
      quantity += itemOf(opened.value.items, changedItem).quantity
    }
    microseconds.push(((performance.now() - begin) * 1000) / readsPerSample)
  }
  await scopes.close()
  if (quantity !== samples * readsPerSample) throw new Error('A read saw another value.')
  const note = `median of ${samples} means of ${readsPerSample} reads with ${what}; ${loads} asked the store`
  return budgetRow({ name, value: median(microseconds), unit: 'µs', note }, { relation: '<', limit: 1 })
}

function untilLive(scopes: Scopes): Promise<void> {
  return new Promise(resolve => {
    scopes.status$.subscribe(({ type }) => type === 'live' && resolve())
  })
}
