import { startChild } from '../child.ts'
import type { Run } from '../http/clients.ts'
import { type ContestEffort, runContest } from '../http/contest.ts'
import type { ServerReport } from '../http/report-on.ts'
import { type Server, type Servers, cpuMicrosOf } from '../http/servers.ts'
import { type Row, plainRow } from '../rows.ts'
import { median } from '../statistics.ts'
import type { Suite } from '../suite.ts'
import {
  type ApplicationName,
  type FrameworkName,
  type Kind,
  type TaskName,
  frameworks,
  tasks,
} from './applications.ts'
import type { ServedApplication } from './serve-process.ts'

const frameworkNames = Object.keys(frameworks) as readonly FrameworkName[]
const taskNames = Object.keys(tasks) as readonly TaskName[]
const kinds: readonly Kind[] = ['bare', 'scopes', 'usual']

/** What a request costs with scopes, to the same one without any session, and to that of the usual library. */
export const frameworkComparison: Suite = {
  names: frameworkNames.flatMap(framework => taskNames.flatMap(task => Object.values(rowNames(framework, task)))),
  async measure({ isWanted, effort, progress }) {
    // By number, so that all do the same work. Few: twelve applications take part.
    const contest: ContestEffort = { warmUp: { amount: 3000 }, run: { amount: 1000 }, rounds: effort.rounds }
    const rows: Row[] = []
    for (const framework of frameworkNames) {
      const wanted = taskNames.filter(task => Object.values(rowNames(framework, task)).some(isWanted))
      if (wanted.length === 0) continue
      const servers = await startServers(framework)
      try {
        for (const task of wanted) {
          const runs = await runContest(servers.servers, tasks[task], contest, text =>
            progress(`${framework}, ${text}`),
          )
          rows.push(...rowsOf(framework, task, kind => runs.get(`${framework}/${kind}`) ?? []))
        }
      } finally {
        await servers.stop()
      }
    }
    return rows
  },
}

function rowNames(framework: FrameworkName, task: TaskName): { readonly toBare: string; readonly toUsual: string } {
  const name = `frameworks-${framework}-${task}`
  return { toBare: `${name}/to-bare`, toUsual: `${name}/to-usual` }
}

async function startServers(framework: FrameworkName): Promise<Servers<ApplicationName>> {
  const children = kinds.map(kind => {
    const program = new URL('serve-process.js', import.meta.url)
    return { kind, child: startChild<ServerReport>(program, { framework, kind } satisfies ServedApplication) }
  })
  const servers: Server<ApplicationName>[] = []
  for (const { kind, child } of children) {
    const { port } = await child.next()
    const contestant: ApplicationName = `${framework}/${kind}`
    servers.push({ contestant, keepsSessions: kind !== 'bare', port, cpuMicros: () => cpuMicrosOf(child) })
  }
  return {
    servers,
    async stop() {
      for (const { child } of children) await child.stop()
    },
  }
}

function rowsOf(framework: FrameworkName, task: TaskName, runsOf: (kind: Kind) => readonly Run[]): readonly Row[] {
  const { title, usual } = frameworks[framework]
  const { toBare, toUsual } = rowNames(framework, task)
  const scopes = runsOf('scopes')
  const cpu = (kind: Kind): string => median(runsOf(kind).map(({ cpuMicros }) => cpuMicros)).toFixed(0)
  const bareNote = `${tasks[task].title}: CPU with scopes ${cpu('scopes')} µs, ${title} alone ${cpu('bare')} µs`
  const usualNote = `${tasks[task].title}: CPU with scopes ${cpu('scopes')} µs, ${usual} ${cpu('usual')} µs`
  return [
    plainRow({ name: toBare, value: cpuRatio(scopes, runsOf('bare')), unit: 'x', note: bareNote }),
    plainRow({ name: toUsual, value: cpuRatio(scopes, runsOf('usual')), unit: 'x', note: usualNote }),
  ]
}

/** By the CPU time of the servers: it does not depend on who else wants the machine. Of runs that were next to each other. */
function cpuRatio(runs: readonly Run[], toRuns: readonly Run[]): number {
  return median(runs.map((run, round) => run.cpuMicros / (toRuns[round]?.cpuMicros ?? 0)))
}
