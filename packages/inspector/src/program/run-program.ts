import { InvalidArgumentError, ScopesError } from '@scopes/core'
import { type Command, exitCodes, type ExitCode } from '../terminal/command.ts'
import { commands } from './commands.ts'
import { nearest } from './nearest.ts'
import { printable } from '../terminal/texts.ts'
import { ClosedPipeError, type ProgramStreams, Terminal } from '../terminal/terminal.ts'
import { FailedError, UsageError } from '../terminal/usage-error.ts'

/** The program `scopes` with these arguments. Resolves to what the process is to end with, and rejects with faults of its own only. */
export async function runProgram(args: readonly string[], streams: ProgramStreams): Promise<ExitCode> {
  const terminal = new Terminal(streams)
  // Package managers hand over the `--` that separates their own options.
  const [name, ...rest] = args[0] === '--' ? args.slice(1) : args
  try {
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
      await terminal.print(usage())
      return exitCodes.done
    }
    const command = commandOf(name)
    if (rest.some(argument => argument === '--help' || argument === '-h')) {
      await terminal.print(usageOf(name, command))
      return exitCodes.done
    }
    const code = await command.execute(rest, terminal, streams)
    await terminal.finish()
    return code
  } catch (error) {
    if (streams.signal.aborted) return exitCodes.interrupted
    return report(error, name, terminal)
  }
}

function commandOf(name: string): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command !== undefined) return command
  const near = nearest(name, Object.keys(commands))
  throw new UsageError(
    `There is no command ${JSON.stringify(name)}${near === undefined ? '.' : `; did you mean "${near}"?`}`,
  )
}

function report(error: unknown, name: string | undefined, terminal: Terminal): ExitCode {
  if (error instanceof ClosedPipeError) return exitCodes.closedPipe
  if (error instanceof UsageError) {
    const isKnown = name !== undefined && Object.hasOwn(commands, name)
    terminal.tell(`${printable(error.message)}\nMore: scopes ${isKnown ? `${name} ` : ''}--help`)
    return exitCodes.usage
  }
  if (!(error instanceof ScopesError || error instanceof FailedError)) throw error
  terminal.tell(printable(error.message))
  return error instanceof InvalidArgumentError ? exitCodes.usage : exitCodes.failed
}

function usage(): string {
  const width = Math.max(...Object.keys(commands).map(name => name.length))
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  return `Usage: scopes <command> <store> [options]

${lines.join('\n')}

The store is sqlite:data/scopes.db, or couchbase://user:password@host/bucket; user and password may come from
COUCHBASE_USERNAME and COUCHBASE_PASSWORD. Every command has --help and --json. Exits with 1 when what a command checks
does not hold or the store fails, with 2 when it cannot follow the command line.`
}

function usageOf(name: string, { summary, synopsis, help }: Command): string {
  return `Usage: scopes ${name} ${synopsis}\n\n${summary}\n\n${help}`
}
