import { type Scope, memoryStore, openScopes } from '@scopes/core'
import { enablePatches, produceWithPatches } from 'immer'
import { pack } from 'msgpackr'
import { type Side, cpuCosts } from '../cpu-time.ts'
import { budgetRow, plainRow } from '../rows.ts'
import { ObjectsScope, type ObjectsState, itemKey, itemOf, objectsState } from '../sessions.ts'
import type { Suite } from '../suite.ts'
import { type CoreParts, loadCoreParts } from './core-parts.ts'

const names = { compute: 'update-compute', commit: 'update-commit' }

/** What an update of 2 of 100 objects costs beside bare immer, which keeps neither versions nor promises. */
export const update: Suite = {
  names: Object.values(names),
  async measure({ progress }) {
    progress('update: 2 of 100 objects, and bare immer')
    const scopes = await openScopes({ application: 'bench', store: memoryStore() })
    const session = await scopes.open(ObjectsScope, 'visitor')
    await session.update(changeTwo)
    const sides = { bare: bareImmer(), computed: computed(await loadCoreParts()), committed: committed(session) }
    const { bare, computed: compute, committed: commit } = await cpuCosts(sides, { rounds: 21, times: 1000 })
    await scopes.close()
    const against = `to ${bare.toFixed(1)} µs of CPU for produceWithPatches + pack`
    return [
      budgetRow(
        {
          name: names.compute,
          value: compute / bare,
          unit: 'x',
          note: `${compute.toFixed(1)} µs for draft, diff, fold and frame, ${against}`,
        },
        { relation: '<=', limit: 2 },
      ),
      plainRow({
        name: names.commit,
        value: commit / bare,
        unit: 'x',
        note: `${commit.toFixed(1)} µs for update() with queue, compare-and-swap, store and compactions, ${against}`,
      }),
    ]
  },
}

const [first, second] = [itemKey(10), itemKey(60)]

function changeTwo({ items }: ObjectsState): void {
  itemOf(items, first).quantity++
  itemOf(items, second).quantity++
}

/** immer as it comes, with freezing. */
function bareImmer(): Side {
  enablePatches()
  let state = objectsState()
  return {
    run(times) {
      for (let turn = 0; turn < times; turn++) {
        const [next, patches] = produceWithPatches(state, changeTwo)
        pack(patches)
        state = next
      }
    },
  }
}

/** What facts/merge.md calls an update: everything but the way to the store. */
function computed({ record, encodeCommit }: CoreParts): Side {
  const { life, commitId, deadline, schemaVersion, origin } = place
  let state: object = ObjectsScope.initialState()
  let version = 1
  return {
    run(times) {
      for (let turn = 0; turn < times; turn++) {
        const recorded = record(state, changeTwo)
        if (recorded === undefined) throw new Error('An update changed nothing.')
        const { diff, ops } = recorded
        // Field by field, as core does it: a copy of `place` with six properties more would cost as much as the diff.
        encodeCommit({
          life,
          version: version + 1,
          commitId,
          deadline,
          baseVersion: version,
          schemaVersion,
          at: Date.now(),
          origin,
          diff,
          ops,
        })
        state = recorded.state
        version++
      }
    },
  }
}

const place = {
  life: '0123456789abcdef',
  commitId: '0123456789abcdef0123456789abcdef',
  deadline: 0,
  schemaVersion: 1,
  origin: { process: 'bench' },
} as const

function committed(session: Scope<ObjectsState>): Side {
  return {
    async run(times) {
      for (let turn = 0; turn < times; turn++) await session.update(changeTwo)
    },
  }
}
