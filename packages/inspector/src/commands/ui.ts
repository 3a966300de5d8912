import { once } from 'node:events'
import { type Command, type CommandRun, defineCommand, type ExitCode, exitCodes } from '../terminal/command.ts'
import { wholeNumber } from '../terminal/options.ts'
import { UsageError } from '../terminal/usage-error.ts'
import type { OpenedStore } from '../store/open-store.ts'
import { serveInspector } from '../web/serve-inspector.ts'
import { withStore } from './with-store.ts'

const options = {
  port: { type: 'string', short: 'p' },
  host: { type: 'string' },
  token: { type: 'string' },
} as const

/** `scopes ui`. */
export const ui: Command = defineCommand({
  summary: 'A web page: all scopes while they change, timelines, states of the past.',
  operands: ['store'],
  options,
  help: `  --port, -p PORT       the port to listen on (default: any that is free)
  --host ADDRESS        the address to listen on (default 127.0.0.1); another one needs a token
  --token TOKEN         who has it may look: at least 16 characters, in ?token= of the first address;
                        or SCOPES_INSPECTOR_TOKEN`,
  notes: `The page only reads, and shows what the changes feed brings. What only the processes themselves know, it shows where
it is mounted in them: inspector() of @scopes/inspector/web. Ctrl-C ends it.`,
  run: run => withStore(run, opened => serve(run, opened)),
})

async function serve(run: CommandRun<typeof options>, { store, name }: OpenedStore): Promise<ExitCode> {
  const { options: given, streams, terminal, isJson } = run
  const port = wholeNumber('port', given.port, 0) ?? 0
  if (port > 65_535) throw new UsageError(`--port is ${port}; it must be at most 65535.`)
  const token = given.token ?? streams.environment['SCOPES_INSPECTOR_TOKEN']
  const served = await serveInspector({ store, name, port, host: given.host, token })
  try {
    if (isJson) await terminal.printJson({ url: served.url, store: name })
    else await terminal.print(`${name} is shown at ${served.url}${token === undefined ? '' : ' to who has the token'}`)
    if (!streams.signal.aborted) await once(streams.signal, 'abort')
  } finally {
    await served.close()
  }
  return exitCodes.done
}
