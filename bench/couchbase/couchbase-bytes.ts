import { openScopes } from '@scopes/core'
import { couchbaseStore } from '@scopes/couchbase'
import { type Row, budgetRow, missingRow, plainRow } from '../rows.ts'
import { ObjectsScope, changedItem, itemOf, objectsState } from '../sessions.ts'
import type { Suite } from '../suite.ts'
import { couchbaseTarget } from './couchbase-target.ts'
import type { ServerReport } from './server-process.ts'

const names = {
  append: 'couchbase-append-bytes',
  compaction: 'couchbase-compaction-bytes',
  load: 'couchbase-load-requests',
  commit: 'couchbase-commit-requests',
}
const commits = 500
/** So many objects are 8 KB of JSON. */
const objects = 118

/** What goes over the socket of an 8 KB session, counted by the server. */
export const couchbaseBytes: Suite = {
  names: Object.values(names),
  async measure({ progress }) {
    const target = await couchbaseTarget({ bucket: 'bench', vbuckets: 1024 })
    try {
      const { traffic } = target
      if (traffic === undefined) return Object.values(names).map(name => uncounted(name, target.name))
      progress('couchbase: bytes on the socket')
      const scopes = await openScopes({ application: 'bench', store: couchbaseStore(target.options) })
      const session = await scopes.open(ObjectsScope, 'visitor')
      await session.update(draft => void (draft.items = objectsState(objects).items))
      await traffic()
      const loads = await counted(traffic, 50, () => scopes.open(ObjectsScope, 'visitor'))
      const writes = await counted(traffic, commits, () =>
        session.update(draft => void itemOf(draft.items, changedItem).quantity++),
      )
      await scopes.close()
      return rowsOf(loads, writes)
    } finally {
      await target.stop()
    }
  },
}

/** What each call sent, one after the other. */
async function counted(
  traffic: () => Promise<ServerReport>,
  times: number,
  call: () => Promise<unknown>,
): Promise<readonly ServerReport[]> {
  const reports: ServerReport[] = []
  for (let time = 0; time < times; time++) {
    await call()
    reports.push(await traffic())
  }
  return reports
}

function rowsOf(loads: readonly ServerReport[], writes: readonly ServerReport[]): readonly Row[] {
  // Where the SDK has asked for the configuration meanwhile, the bytes are not those of the commit alone.
  const alone = writes.filter(({ others }) => others === 0)
  const appends = alone.filter(({ requests }) => requests['append'] === 1).map(({ bytesReceived }) => bytesReceived)
  const compactions = alone
    .filter(({ requests }) => requests['replace'] === 1)
    .map(({ bytesReceived }) => bytesReceived)
  const compacted = compactions.reduce((sum, bytes) => sum + bytes, 0)
  return [
    budgetRow(
      {
        name: names.append,
        value: Math.max(...appends),
        unit: 'bytes',
        note: `the largest of ${appends.length} commits by append, with the headers of the protocol`,
      },
      { relation: '<', limit: 300 },
    ),
    plainRow({
      name: names.compaction,
      value: Math.round(compacted / alone.length),
      unit: 'bytes',
      note: `per commit beside it: ${compactions.length} compactions in ${alone.length} commits`,
    }),
    requestRow(names.load, 'loads', loads),
    requestRow(names.commit, 'commits, compactions among them', writes),
  ]
}

/** The most requests that any of the calls made. */
function requestRow(name: string, what: string, reports: readonly ServerReport[]): Row {
  const most = Math.max(
    ...reports.map(({ requests }) => Object.values(requests).reduce((sum, count) => sum + count, 0)),
  )
  const kinds = [...new Set(reports.flatMap(({ requests }) => Object.keys(requests)))].join(', ')
  return budgetRow(
    { name, value: most, unit: 'requests', note: `the most of ${reports.length} ${what}: ${kinds}` },
    { relation: '=', limit: 1 },
  )
}

function uncounted(name: string, target: string): Row {
  return missingRow({ name, unit: '', note: `${target} does not count what it gets` })
}
