import process from 'node:process'
import { runProgram } from './run-program.ts'

/**
 * The program `scopes`, with the arguments, streams and signals of this process. The first signal lets the command clean up, the
 * next one ends it.
 */
export async function main(): Promise<void> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const { env: environment, stdin, stdout, stderr } = process
  process.exitCode = await runProgram(process.argv.slice(2), {
    environment,
    stdin,
    stdout,
    stderr,
    signal: stopping.signal,
    now: () => Date.now(),
  })
}
