import { type Row, budgetRow, missingRow, plainRow } from '../rows.ts'
import { median } from '../statistics.ts'
import type { Suite, SuiteContext } from '../suite.ts'
import type { Run, Task } from './clients.ts'
import { type Contestant, type Workload, contestants, workloads } from './contestants.ts'
import { type ContestEffort, type Runs, runContest } from './contest.ts'
import { startServers } from './servers.ts'

const contestantNames = Object.keys(contestants) as readonly Contestant[]
const workloadNames = Object.keys(workloads) as readonly Workload[]

/** Requests per second of each application, and what the budgets say of their ratio. */
export const httpComparison: Suite = {
  names: workloadNames.flatMap(namesOf),
  async measure(context) {
    const servers = await startServers(context.directory)
    try {
      const rows: Row[] = []
      for (const workload of workloadNames) {
        if (!namesOf(workload).some(name => context.isWanted(name))) continue
        rows.push(
          ...rowsOf(workload, await runContest(servers.servers, taskOf(workload), effortOf(context), context.progress)),
        )
      }
      return rows
    } finally {
      await servers.stop()
    }
  },
}

function taskOf(workload: Workload): Task {
  const { method, path } = workloads[workload]
  return { title: workload, method, path }
}

function effortOf({ effort }: SuiteContext): ContestEffort {
  return { warmUp: { amount: 10_000 }, run: { duration: effort.seconds }, rounds: effort.rounds }
}

/** The name of the row with the requests per second of an application. */
export function rateName(workload: Workload, contestant: Contestant): string {
  return `http-${workload}/${contestant}`
}

function namesOf(workload: Workload): readonly string[] {
  return [
    `http-${workload}`,
    ceilingName(workload),
    ownCostName(workload),
    ...contestantNames.map(contestant => rateName(workload, contestant)),
  ]
}

function ceilingName(workload: Workload): string {
  return `http-${workload}/ceiling`
}

function ownCostName(workload: Workload): string {
  return `http-${workload}/own-cost`
}

function rowsOf(workload: Workload, runs: Runs<Contestant>): readonly Row[] {
  return [
    ratioRow(workload, runs),
    ceilingRow(workload, runs),
    ownCostRow(workload, runs),
    ...contestantNames.map(contestant => rateRow(workload, contestant, runs.get(contestant))),
  ]
}

const noRedis = 'there is no redis-server here (Debian: apt-get install redis-server)'

function ratioRow(workload: Workload, runs: Runs<Contestant>): Row {
  const { title, budget } = workloads[workload]
  const limit = budget === undefined ? undefined : ({ relation: '>=', limit: budget } as const)
  const ours = runs.get('scopes-sqlite')
  const theirs = runs.get('express-session-redis')
  const figure = { name: `http-${workload}`, unit: 'x' }
  if (ours === undefined || theirs === undefined) return missingRow({ ...figure, note: noRedis }, limit)
  const cpu = (cpuOf(theirs) / cpuOf(ours)).toFixed(2)
  const note = `${title}: SQLite to connect-redis; by CPU time of the servers ${cpu}`
  const value = rateRatio(ours, theirs)
  return limit ? budgetRow({ ...figure, value, note }, limit) : plainRow({ ...figure, value, note })
}

/** Nobody who uses Express can be faster than Express alone: no ratio to connect-redis can be greater than this one. */
function ceilingRow(workload: Workload, runs: Runs<Contestant>): Row {
  const bare = runs.get('express')
  const theirs = runs.get('express-session-redis')
  const figure = { name: ceilingName(workload), unit: 'x' }
  if (bare === undefined || theirs === undefined) return missingRow({ ...figure, note: noRedis })
  const cpu = (cpuOf(theirs) / cpuOf(bare)).toFixed(2)
  const note = `Express without any session to connect-redis; by CPU time of the servers ${cpu}`
  return plainRow({ ...figure, value: rateRatio(bare, theirs), note })
}

/** What is left when both have paid for Express: the CPU time of our session to that of theirs. */
function ownCostRow(workload: Workload, runs: Runs<Contestant>): Row {
  const bare = runs.get('express')
  const ours = runs.get('scopes-sqlite')
  const theirs = runs.get('express-session-redis')
  const figure = { name: ownCostName(workload), unit: 'x' }
  if (bare === undefined || ours === undefined || theirs === undefined) return missingRow({ ...figure, note: noRedis })
  const own = cpuOf(ours) - cpuOf(bare)
  const their = cpuOf(theirs) - cpuOf(bare)
  const note = `CPU time beyond that of Express: SQLite ${own.toFixed(0)} µs, connect-redis ${their.toFixed(0)} µs`
  return plainRow({ ...figure, value: own / their, note })
}

/** The median of the ratios of runs that were next to each other, not the ratio of the medians: their noise is shared. */
function rateRatio(runs: readonly Run[], toRuns: readonly Run[]): number {
  return median(runs.map((run, round) => run.requestsPerSecond / (toRuns[round]?.requestsPerSecond ?? 0)))
}

function cpuOf(runs: readonly Run[]): number {
  return median(runs.map(({ cpuMicros }) => cpuMicros))
}

function rateRow(workload: Workload, contestant: Contestant, runs: readonly Run[] | undefined): Row {
  const figure = { name: rateName(workload, contestant), unit: 'requests/s' }
  if (runs === undefined) return missingRow({ ...figure, note: noRedis })
  const rates = runs.map(({ requestsPerSecond }) => requestsPerSecond)
  const range = `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`
  const p99 = median(runs.map(({ p99Ms }) => p99Ms))
  const cpu = cpuOf(runs).toFixed(0)
  return plainRow({ ...figure, value: Math.round(median(rates)), note: `${range}; p99 ${p99} ms; ${cpu} µs of CPU` })
}
