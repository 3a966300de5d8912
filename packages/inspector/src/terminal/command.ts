import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { ProgramStreams, Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** Options as `parseArgs` takes them. */
type OptionTable = NonNullable<ParseArgsConfig['options']>

/** What a program says with its end: all is well, what was checked does not hold or failed, the line cannot be followed. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130, closedPipe: 141 } as const

/** One of the codes of `exitCodes`. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The values of options that `parseArgs` gives. */
type Values<Options extends OptionTable> = ReturnType<
  typeof parseArgs<{ options: Options & typeof commonOptions }>
>['values']

/** What a command is run with. */
export interface CommandRun<Options extends OptionTable = OptionTable> {
  /** One for each name of `CommandSpec.operands`. */
  readonly operands: readonly string[]
  readonly options: Values<Options>
  readonly isJson: boolean
  readonly terminal: Terminal
  readonly streams: ProgramStreams
}

/** One command of the program. */
export interface CommandSpec<Options extends OptionTable> {
  /** What it does, in one line for the list of all commands. */
  readonly summary: string
  /** The names of what it has to be given, in their order. */
  readonly operands: readonly string[]
  /** Its options, as `parseArgs` takes them. `--json` and `--help` are those of all. */
  readonly options: Options
  /** A line for each of its options. */
  readonly help: string
  /** What else there is to know. */
  readonly notes: string
  /** Rejects with UsageError, with errors of the store, or with ClosedPipeError. */
  run(run: CommandRun<Options>): Promise<ExitCode>
}

/** A command whose options are its own business. */
export interface Command {
  readonly summary: string
  /** What follows its name on a command line. */
  readonly synopsis: string
  /** The rest of `--help`. */
  readonly help: string
  /** Afterwards what the arguments ask for is done. Rejects as `CommandSpec.run` does. */
  execute(args: readonly string[], terminal: Terminal, streams: ProgramStreams): Promise<ExitCode>
}

const commonOptions = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const commonHelp = `  --json                one JSON object for each row on standard output, and nothing else there
  --help                this text`

/** The command, ready to be called by its name. */
export function defineCommand<const Options extends OptionTable>(spec: CommandSpec<Options>): Command {
  const { summary, operands: names } = spec
  const synopsis = [...names.map(name => `<${name}>`), '[options]'].join(' ')
  return {
    summary,
    synopsis,
    help: `${[spec.help, commonHelp].filter(Boolean).join('\n')}\n\n${spec.notes}`,
    execute(args, terminal, streams) {
      const { values, positionals: operands } = parse(args, { ...spec.options, ...commonOptions })
      checkOperands(names, operands)
      const options = values as Values<Options>
      return spec.run({ operands, options, isJson: values['json'] === true, terminal, streams })
    },
  }
}

function parse(args: readonly string[], options: OptionTable): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    // Its first sentence: the rest explains how a file is named that begins with a dash.
    throw new UsageError((error as Error).message.replace(/\. To specify.*$/s, '.'), { cause: error })
  }
}

function checkOperands(names: readonly string[], operands: readonly string[]): void {
  const missing = names[operands.length]
  if (missing !== undefined) throw new UsageError(`The <${missing}> is missing.`)
  const surplus = operands[names.length]
  if (surplus === undefined) return
  const isStore = /^(sqlite|couchbases?):/.test(surplus)
  throw new UsageError(
    isStore ? `${withoutPassword(surplus)} is one store too many.` : `"${surplus}" is one argument too many.`,
  )
}

/** The address of a store, as it may be shown. */
function withoutPassword(address: string): string {
  return address.replace(/\/\/[^@/]*@/, '//')
}
