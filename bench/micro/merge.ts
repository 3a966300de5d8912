import { type Scopes, memoryStore, openScopes, systemClock } from '@scopes/core'
import { cpuCosts } from '../cpu-time.ts'
import { budgetRow } from '../rows.ts'
import { ObjectsScope, itemKey, itemOf } from '../sessions.ts'
import type { Suite } from '../suite.ts'

const name = 'merge'
const [mine, theirs] = [itemKey(10), itemKey(60)]

/** What a commit costs that another process was faster than, beside one that nobody disturbed. */
export const merge: Suite = {
  names: [name],
  async measure({ progress }) {
    progress('merge: 2 concurrent changes')
    const store = memoryStore()
    // CPU time is measured, so the pauses after a conflict need not be waited for.
    const clock = { ...systemClock, sleep: () => Promise.resolve() }
    const here = await openScopes({ application: 'bench', store, clock })
    const elsewhere = await openScopes({ application: 'bench', store, clock })
    await changeAll(here, 'alone', 1)
    await changeAll(here, 'disturbed', 1)
    await changeAll(elsewhere, 'disturbing', 1)
    const sides = {
      alone: { run: (times: number) => changeAll(here, 'alone', times) },
      disturbed: { run: (times: number) => mergeAll(here, elsewhere, times) },
      // What the disturbing costs by itself is not part of the merge.
      disturbing: { run: (times: number) => changeAll(elsewhere, 'disturbing', times) },
    }
    const { alone, disturbed, disturbing } = await cpuCosts(sides, { rounds: 21, times: 400 })
    await here.close()
    const merging = disturbed - disturbing
    return [
      budgetRow(
        {
          name,
          value: merging / alone,
          unit: 'x',
          note: `${merging.toFixed(1)} µs of CPU for open and a commit that is refused, loads and merges, to ${alone.toFixed(1)} µs for open and an undisturbed one`,
        },
        { relation: '<', limit: 5 },
      ),
    ]
  },
}

async function changeAll(scopes: Scopes, id: string, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    const session = await scopes.open(ObjectsScope, id)
    const draft = session.draft()
    itemOf(draft.value.items, mine).quantity++
    await draft.commit()
  }
}

async function mergeAll(here: Scopes, elsewhere: Scopes, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    const session = await here.open(ObjectsScope, 'disturbed')
    const draft = session.draft()
    itemOf(draft.value.items, mine).quantity++
    const other = await elsewhere.open(ObjectsScope, 'disturbed')
    const faster = other.draft()
    itemOf(faster.value.items, theirs).quantity++
    await faster.commit()
    const { merged } = await draft.commit()
    if (!merged) throw new Error('A change that another one was faster than was not merged.')
  }
}
