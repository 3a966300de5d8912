import assert from 'node:assert/strict'
import { counter, defineScope, openScopes, ScopeEndedError } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'

// A scope on SQLite in a module: `PATH ID` says where, and which.
const [path = '', id = ''] = process.argv.slice(2)
const Visits = defineScope({
  kind: 'visits',
  initial: (): { count: number; names: string[] } => ({ count: 0, names: [] }),
  merge: { count: counter() },
})
const scopes = await openScopes({ application: 'consumer', store: sqliteStore({ path }) })
const visits = await scopes.open(Visits, id)
const seen: number[] = []
const watching = visits.select(value => value.count).subscribe(count => seen.push(count))

const work = visits.draft()
work.value.count++
const { version } = await visits.update(draft => {
  draft.count++
  draft.names.push('module')
})
assert.equal(version, 1)
assert.equal((await work.commit()).merged, true)
assert.deepEqual(visits.value, { count: 2, names: ['module'] })
// @ts-expect-error What was read is not for writing.
assert.throws(() => (visits.value.count = 3), TypeError)
watching.unsubscribe()
assert.equal(seen.at(-1), 2)

const gone = await scopes.open(Visits, `${id}-gone`)
await gone.update(draft => void draft.count++)
await gone.end('logout')
await assert.rejects(
  gone.update(draft => void draft.count++),
  ScopeEndedError,
)
await scopes.close()
