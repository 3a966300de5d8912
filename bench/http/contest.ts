import type { SuiteContext } from '../suite.ts'
import { type Cookies, type Length, type Run, clientCount, runClients, signIn, sumOf } from './clients.ts'
import { type Contestant, type Workload, workloads } from './contestants.ts'
import type { Server } from './servers.ts'

/** The runs of each application in one workload. */
export type Runs = ReadonlyMap<Contestant, readonly Run[]>

/** So many that everything is compiled. By number: on a busy machine a second is only a few of them. */
const warmUpLength: Length = { amount: 10_000 }

/** One application in the contest. */
interface Side {
  readonly server: Server
  readonly cookies: Cookies
  readonly warmUp: Run
  readonly runs: Run[]
}

/** Runs one workload on every application, alternating, each on sessions of its own; and checks that nobody lost a change. */
export async function runContest(
  servers: readonly Server[],
  workload: Workload,
  { effort, progress }: Pick<SuiteContext, 'effort' | 'progress'>,
): Promise<Runs> {
  const sides: Side[] = []
  for (const server of servers) {
    progress(`${workload}: ${server.contestant} warms up`)
    const cookies = await signIn(server, workload)
    const warmUp = await runClients(server, workload, cookies, warmUpLength)
    sides.push({ server, cookies, warmUp, runs: [] })
  }
  for (let round = 0; round < effort.rounds; round++) {
    const begin = round % sides.length
    // Each time another one begins, so that whatever else disturbs this machine has no favourite.
    for (const { server, cookies, runs } of [...sides.slice(begin), ...sides.slice(0, begin)]) {
      progress(`${workload}: round ${round + 1} of ${effort.rounds}, ${server.contestant}`)
      runs.push(await runClients(server, workload, cookies, { duration: effort.seconds }))
    }
  }
  for (const side of sides) await checkNothingLost(workload, side)
  return new Map(sides.map(({ server, runs }) => [server.contestant, runs]))
}

/** What was answered is stored; what was under way when a run ended may be. */
async function checkNothingLost(workload: Workload, { server, cookies, warmUp, runs }: Side): Promise<void> {
  if (server.contestant === 'express' || workloads[workload].method === 'GET') return
  const answered = runs.reduce((sum, run) => sum + run.answered, clientCount + warmUp.answered)
  const stored = await sumOf(server, workload, cookies)
  const underWay = clientCount * (runs.length + 1)
  if (stored >= answered && stored <= answered + underWay) return
  throw new Error(`${server.contestant} answered ${answered} changes in ${workload} and stored ${stored}.`)
}
