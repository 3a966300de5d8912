import { type Cookies, type Length, type Run, type Task, clientCount, runClients, signIn, sumOf } from './clients.ts'
import type { Server } from './servers.ts'

/** The runs of each application in one task. */
export type Runs<Name> = ReadonlyMap<Name, readonly Run[]>

/** How long and how often the clients run. */
export interface ContestEffort {
  /** So many that everything is compiled. By number: on a busy machine a second is only a few of them. */
  readonly warmUp: Length
  readonly run: Length
  readonly rounds: number
}

/** One application in the contest. */
interface Side<Name extends string> {
  readonly server: Server<Name>
  readonly cookies: Cookies
  readonly warmUp: Run
  readonly runs: Run[]
}

/** Runs one task on every application, alternating, each on sessions of its own; and checks that nobody lost a change. */
export async function runContest<Name extends string>(
  servers: readonly Server<Name>[],
  task: Task,
  { warmUp, run, rounds }: ContestEffort,
  progress: (text: string) => void,
): Promise<Runs<Name>> {
  const sides: Side<Name>[] = []
  for (const server of servers) {
    progress(`${task.title}: ${server.contestant} warms up`)
    const cookies = await signIn(server, task)
    sides.push({ server, cookies, warmUp: await runClients(server, task, cookies, warmUp), runs: [] })
  }
  for (let round = 0; round < rounds; round++) {
    const begin = round % sides.length
    // Each time another one begins, so that whatever else disturbs this machine has no favourite.
    for (const { server, cookies, runs } of [...sides.slice(begin), ...sides.slice(0, begin)]) {
      progress(`${task.title}: round ${round + 1} of ${rounds}, ${server.contestant}`)
      runs.push(await runClients(server, task, cookies, run))
    }
  }
  for (const side of sides) await checkNothingLost(task, side)
  return new Map(sides.map(({ server, runs }) => [server.contestant, runs]))
}

/** What was answered is stored; what was under way when a run ended may be. */
async function checkNothingLost<Name extends string>(
  task: Task,
  { server, cookies, warmUp, runs }: Side<Name>,
): Promise<void> {
  if (!server.keepsSessions || task.method === 'GET') return
  const answered = runs.reduce((sum, run) => sum + run.answered, clientCount + warmUp.answered)
  const stored = await sumOf(server, task, cookies)
  const underWay = clientCount * (runs.length + 1)
  if (stored >= answered && stored <= answered + underWay) return
  throw new Error(`${server.contestant} answered ${answered} changes in ${task.title} and stored ${stored}.`)
}
