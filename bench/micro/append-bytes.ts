import { memoryStore, openScopes } from '@scopes/core'
import { type StoreCall, observedStore } from '@scopes/testing'
import { budgetRow, plainRow } from '../rows.ts'
import { ObjectsScope, changedItem, itemOf, objectsState } from '../sessions.ts'
import type { Suite } from '../suite.ts'

const names = { append: 'append-bytes', compaction: 'append-bytes-compaction' }
const commits = 1000
/** So many objects are 8 KB of JSON. */
const objects = 118

/** What a commit sends when one field of an 8 KB session changes. */
export const appendBytes: Suite = {
  names: Object.values(names),
  async measure() {
    const calls: StoreCall[] = []
    const scopes = await openScopes({
      application: 'bench',
      store: observedStore(memoryStore(), { onCall: call => calls.push(call) }),
    })
    const session = await scopes.open(ObjectsScope, 'visitor')
    await session.update(draft => void (draft.items = objectsState(objects).items))
    const sessionBytes = JSON.stringify(session.value).length
    calls.length = 0
    for (let commit = 0; commit < commits; commit++) {
      await session.update(draft => void itemOf(draft.items, changedItem).quantity++)
    }
    await scopes.close()
    const appends = bytesOf(calls, 'append')
    const compactions = bytesOf(calls, 'replace')
    return [
      budgetRow(
        {
          name: names.append,
          value: Math.max(...appends),
          unit: 'bytes',
          note: `the largest of ${appends.length} appends to a session of ${sessionBytes} bytes of JSON`,
        },
        { relation: '<', limit: 300 },
      ),
      plainRow({
        name: names.compaction,
        value: Math.round(sum(compactions) / commits),
        unit: 'bytes',
        note: `per commit beside it: ${compactions.length} compactions of ${Math.round(sum(compactions) / compactions.length)} bytes in ${commits} commits`,
      }),
    ]
  },
}

function bytesOf(calls: readonly StoreCall[], method: StoreCall['method']): readonly number[] {
  return calls.filter(call => call.method === method).map(({ bytes }) => bytes)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
