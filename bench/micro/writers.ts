import { type Child, startChild } from '../child.ts'
import type { WriterReport, WriterTask, WritersInput } from './writers-process.ts'

/** Processes that write to one scope at the same time. */
export interface Writers {
  /** Gives every process the same task. @returns how many increments were acknowledged by each */
  run(task: WriterTask): Promise<readonly number[]>
  stop(): Promise<void>
}

/** Starts so many processes on the store in that file. */
export async function startWriters(path: string, processes: number): Promise<Writers> {
  const children: Child<WriterReport>[] = []
  for (let process = 0; process < processes; process++) {
    const input: WritersInput = { path }
    children.push(startChild(new URL('writers-process.js', import.meta.url), input))
  }
  await Promise.all(children.map(child => child.next()))
  return {
    async run(task) {
      for (const child of children) child.send(task)
      const reports = await Promise.all(children.map(child => child.next()))
      return reports.map(({ acknowledged }) => acknowledged)
    },
    async stop() {
      for (const child of children) await child.stop()
    },
  }
}
