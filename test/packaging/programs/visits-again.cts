import assert = require('node:assert/strict')
import { defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'

// What visits.mts left, as a program sees it whose modules are required.
const [path = '', id = ''] = process.argv.slice(2)

async function main(): Promise<void> {
  const Visits = defineScope({ kind: 'visits', initial: () => ({ count: 0, names: [] as string[] }) })
  const scopes = await openScopes({ application: 'consumer', store: sqliteStore({ path }) })
  const visits = await scopes.open(Visits, id)
  assert.deepEqual(visits.value, { count: 2, names: ['module'] })
  await visits.update(draft => void draft.names.push('script'))
  assert.deepEqual(
    visits.history().map(({ version }) => version),
    [2, 3], // the first is the snapshot
  )
  await scopes.close()
}

void main()
