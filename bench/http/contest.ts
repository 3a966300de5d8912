import type { SuiteContext } from '../suite.ts'
import { type Cookies, type Run, clientCount, runClients, signIn, sumOf } from './clients.ts'
import { type Contestant, type Workload, workloads } from './contestants.ts'

/** The runs of each application in one workload. */
export type Runs = ReadonlyMap<Contestant, readonly Run[]>

/** One application in the contest. */
interface Side {
  readonly contestant: Contestant
  readonly port: number
  readonly cookies: Cookies
  readonly warmUp: Run
  readonly runs: Run[]
}

/** Runs one workload on every application, alternating, each on sessions of its own; and checks that nobody lost a change. */
export async function runContest(
  ports: ReadonlyMap<Contestant, number>,
  workload: Workload,
  { effort, progress }: Pick<SuiteContext, 'effort' | 'progress'>,
): Promise<Runs> {
  const sides: Side[] = []
  for (const [contestant, port] of ports) {
    progress(`${workload}: ${contestant} warms up`)
    const cookies = await signIn(port, workload)
    const warmUp = await runClients(port, workload, cookies, effort.seconds)
    sides.push({ contestant, port, cookies, warmUp, runs: [] })
  }
  for (let round = 0; round < effort.rounds; round++) {
    const begin = round % sides.length
    // Each time another one begins, so that whatever else disturbs this machine has no favourite.
    for (const { contestant, port, cookies, runs } of [...sides.slice(begin), ...sides.slice(0, begin)]) {
      progress(`${workload}: round ${round + 1} of ${effort.rounds}, ${contestant}`)
      runs.push(await runClients(port, workload, cookies, effort.seconds))
    }
  }
  for (const side of sides) await checkNothingLost(workload, side)
  return new Map(sides.map(({ contestant, runs }) => [contestant, runs]))
}

/** What was answered is stored; what was under way when a run ended may be. */
async function checkNothingLost(workload: Workload, { contestant, port, cookies, warmUp, runs }: Side): Promise<void> {
  if (contestant === 'express' || workloads[workload].method === 'GET') return
  const answered = runs.reduce((sum, run) => sum + run.answered, clientCount + warmUp.answered)
  const stored = await sumOf(port, workload, cookies)
  const underWay = clientCount * (runs.length + 1)
  if (stored >= answered && stored <= answered + underWay) return
  throw new Error(`${contestant} answered ${answered} changes in ${workload} and stored ${stored}.`)
}
