import { memoryStore, openScopes } from '@scopes/core'
import { budgetRow } from '../rows.ts'
import { ObjectsScope, changedItem, itemOf } from '../sessions.ts'
import { median } from '../statistics.ts'
import type { Suite } from '../suite.ts'

const name = 'replica-read'
const samples = 201
const readsPerSample = 1000

/** What it costs to open a scope that memory has and to look at its value, with `cluster: false`. */
export const replicaRead: Suite = {
  names: [name],
  async measure({ progress }) {
    progress('replica-read: open and value')
    const scopes = await openScopes({ application: 'bench', store: memoryStore(), cluster: false })
    const session = await scopes.open(ObjectsScope, 'visitor')
    await session.update(draft => void itemOf(draft.items, changedItem).quantity++)
    const microseconds: number[] = []
    let quantity = 0
    for (let sample = 0; sample < samples; sample++) {
      const begin = performance.now()
      for (let read = 0; read < readsPerSample; read++) {
        const opened = await scopes.open(ObjectsScope, 'visitor')
        quantity += itemOf(opened.value.items, changedItem).quantity
      }
      microseconds.push(((performance.now() - begin) * 1000) / readsPerSample)
    }
    await scopes.close()
    if (quantity !== samples * readsPerSample) throw new Error('A read saw another value.')
    return [
      budgetRow(
        {
          name,
          value: median(microseconds),
          unit: 'µs',
          note: `median of ${samples} means of ${readsPerSample} reads with cluster: false`,
        },
        { relation: '<', limit: 1 },
      ),
    ]
  },
}
