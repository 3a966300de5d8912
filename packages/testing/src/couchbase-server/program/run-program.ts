import process from 'node:process'
import { createInterface } from 'node:readline'

import { startCouchbaseServer, type CouchbaseServer } from '../couchbase-server.ts'
import { programOptions, USAGE, type ProgramOptions } from './program-options.ts'
import { serverCommands } from './server-commands.ts'

/** The program `couchbase-test-server`, with the process's own streams and signals; resolves when it has stopped. */
export async function runProgram(args: readonly string[]): Promise<void> {
  try {
    const options = programOptions(args)
    if (options.wantsHelp) print(USAGE)
    else await serve(options)
  } catch (error) {
    process.stderr.write(`couchbase-test-server: ${messageOf(error)}\n`)
    process.exitCode = 1
  }
}

async function serve({ server: serverOptions, isControlled }: ProgramOptions): Promise<void> {
  const server = await startCouchbaseServer(serverOptions)
  const { ports, connectionString } = server
  print(
    JSON.stringify({
      port: ports[0],
      ports,
      connectionString,
      buckets: serverOptions.buckets?.map(({ name }) => name),
    }),
  )
  const stopped = new Promise<void>(resolve => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
  const driven = isControlled ? obey(server) : new Promise<void>(() => {})
  await Promise.race([stopped, driven])
  await server.close()
  // Standard input may still be open, and would keep the process.
  process.stdin.destroy()
}

/** Resolves when standard input ends. */
async function obey(server: CouchbaseServer): Promise<void> {
  const commands = serverCommands(server)
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue
    print(await run(line))
  }

  async function run(line: string): Promise<string> {
    try {
      await commands.run(JSON.parse(line))
      return 'ok'
    } catch (error) {
      return `error: ${messageOf(error).replaceAll('\n', ' ')}`
    }
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
