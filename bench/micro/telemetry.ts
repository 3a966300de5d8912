import { type Scope, diagnostics, memoryStore, openScopes } from '@scopes/core'
import { scopesTelemetry } from '@scopes/otel'
import { type Side, cpuCosts } from '../cpu-time.ts'
import { budgetRow, plainRow } from '../rows.ts'
import { ObjectsScope, type ObjectsState, itemKey, itemOf } from '../sessions.ts'
import type { Suite } from '../suite.ts'

const names = { absent: 'otel-absent', present: 'otel-present' }

/** How often an update asks whether anybody listens. */
const asked = 8

/** What telemetry costs an update: where it is not started, and where it is, without the SDK behind it. */
export const telemetry: Suite = {
  names: Object.values(names),
  async measure({ progress }) {
    progress('otel: an update with nobody who listens, and with spans and metrics')
    const scopes = await openScopes({ application: 'bench', store: memoryStore() })
    const session = await scopes.open(ObjectsScope, 'visitor')
    await session.update(changeOne)
    const sides = { asking: asking(), absent: updates(session), present: observed(session) }
    const { asking: question, absent, present } = await cpuCosts(sides, { rounds: 21, times: 1000 })
    await scopes.close()
    const update = `of the ${absent.toFixed(1)} µs of CPU that an update of 1 of 100 objects takes in memory`
    return [
      budgetRow(
        {
          name: names.absent,
          value: (question / absent) * 100,
          unit: '%',
          note: `${(question * 1000).toFixed(0)} ns to ask ${asked} times whether anybody listens, ${update}`,
        },
        { relation: '<=', limit: 1 },
      ),
      plainRow({
        name: names.present,
        value: present - absent,
        unit: 'µs',
        note: `with a span for the commit, one for the request to the store and their metrics, the API's own without an SDK, on top ${update}`,
      }),
    ]
  },
}

function changeOne({ items }: ObjectsState): void {
  itemOf(items, itemKey(10)).quantity++
}

function updates(session: Scope<ObjectsState>): Side {
  return {
    async run(times) {
      for (let turn = 0; turn < times; turn++) await session.update(changeOne)
    },
  }
}

function observed(session: Scope<ObjectsState>): Side {
  return {
    async run(times) {
      const running = scopesTelemetry({ system: 'memory' })
      for (let turn = 0; turn < times; turn++) await session.update(changeOne)
      running.stop()
    },
  }
}

function asking(): Side {
  const { operation, storeCall } = diagnostics
  return {
    run(times) {
      let listened = 0
      for (let turn = 0; turn < times; turn++) {
        for (let question = 0; question < asked; question += 2) {
          if (operation.hasSubscribers) listened++
          if (storeCall.hasSubscribers) listened++
        }
      }
      if (listened > 0) throw new Error('Nobody is to listen here.')
    },
  }
}
