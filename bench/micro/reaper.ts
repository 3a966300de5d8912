import { join } from 'node:path'
import type { DocumentStore } from '@scopes/core'
import { couchbaseStore } from '@scopes/couchbase'
import { sqliteStore } from '@scopes/sqlite'
import { startChild } from '../child.ts'
import { couchbaseTarget } from '../couchbase/couchbase-target.ts'
import { type Budget, type Figure, type Row, budgetRow, plainRow } from '../rows.ts'
import type { Suite, SuiteContext } from '../suite.ts'
import { type Ends, measureEnds } from './reaper-ends.ts'
import type { ReaperRest, ReaperRestInput } from './reaper-rest-process.ts'

const names = {
  rest: 'reaper-rest',
  memory: 'reaper-memory',
  scan: 'reaper-scan',
  ends: 'reaper-ends',
  told: 'reaper-told',
  couchbaseEnds: 'reaper-couchbase-ends',
  couchbaseTold: 'reaper-couchbase-told',
}

const atRest: ReaperRestInput = { deadlines: 1_000_000, days: 60, seconds: 30 }
const ended = 5000
const leastEnds: Budget = { relation: '>=', limit: 1000 }

/** What ending scopes that nobody opens costs: while nothing is due, and when much is. */
export const reaper: Suite = {
  names: Object.values(names),
  async measure(context) {
    // No process stays alive for its reaper.
    const alive = setInterval(() => {}, 1000)
    const rows = [...(await restRows(context)), ...(await sqliteRows(context)), ...(await couchbaseRows(context))]
    clearInterval(alive)
    return rows
  },
}

async function restRows({ isWanted, progress }: SuiteContext): Promise<readonly Row[]> {
  if (![names.rest, names.memory, names.scan].some(isWanted)) return []
  const { deadlines, days, seconds } = atRest
  progress(`reaper: ${deadlines} deadlines at rest`)
  const child = startChild<ReaperRest>(new URL('reaper-rest-process.js', import.meta.url), atRest, ['--expose-gc'])
  const { share, bytes, scanSeconds } = await child.next()
  await child.stop()
  const note = `CPU time of ${seconds} s with ${deadlines} deadlines of the next ${days} days, one process, memory store, its 64 leases included`
  return [
    budgetRow({ name: names.rest, value: share * 100, unit: '% of a core', note }, { relation: '<', limit: 1 }),
    plainRow({ name: names.memory, value: bytes, unit: 'bytes', note: 'heap for each deadline' }),
    plainRow({ name: names.scan, value: scanSeconds, unit: 's', note: `CPU time to read ${deadlines} documents once` }),
  ]
}

async function sqliteRows({ isWanted, progress, directory }: SuiteContext): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [name, isTold] of [
    [names.ends, false],
    [names.told, true],
  ] as const) {
    if (!isWanted(name)) continue
    progress(`${name}: ${ended} ends`)
    const open = (): DocumentStore => sqliteStore({ path: join(directory, `${name}.db`) })
    rows.push(budgetRow(figure(name, 'SQLite, each write flushed', await measureEnds(open, ended, isTold)), leastEnds))
  }
  return rows
}

async function couchbaseRows({ isWanted, progress }: SuiteContext): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [name, isTold] of [
    [names.couchbaseEnds, false],
    [names.couchbaseTold, true],
  ] as const) {
    if (!isWanted(name)) continue
    progress(`${name}: ${ended} ends`)
    const target = await couchbaseTarget({ bucket: 'bench', vbuckets: 1024 })
    const open = (): DocumentStore => couchbaseStore({ ...target.options, timeoutMs: 10_000 })
    rows.push(plainRow(figure(name, target.name, await measureEnds(open, ended, isTold))))
    await target.stop()
  }
  return rows
}

/** By CPU time, as the fill of replicas is: by the clock it is the share of the machine that others leave. */
function figure(name: string, where: string, { perSecond, cpuMicroseconds, isTold }: Ends): Figure {
  const what = isTold ? 'two writes each, first to last call of the handler' : 'first to last end'
  const clock = `by the clock ${Math.round(perSecond)}/s`
  const note = `${ended} overdue scopes on ${where}; ${what}; by the CPU time of the process, ${clock}`
  return { name, value: 1_000_000 / cpuMicroseconds, unit: 'ends/s', note }
}
