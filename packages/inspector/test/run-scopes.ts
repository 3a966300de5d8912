import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runProgram } from '../src/program/run-program.ts'

/** What a run of the program came to. */
export interface ProgramResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Options of `runScopes`. */
export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** What is on standard input. Default: nothing. */
  readonly stdin?: Readable | undefined
  /** The streams are terminals of 80 columns. Default: pipes. */
  readonly isTerminal?: boolean | undefined
  /** Of the terminals, in place of 80. */
  readonly columns?: number | undefined
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly now?: (() => number) | undefined
  readonly signal?: AbortSignal | undefined
  /** Takes what is printed in place of the result. */
  readonly stdout?: PassThrough | undefined
  /** Gets what is told on standard error while the program runs. */
  readonly told?: PassThrough | undefined
}

/** The program in this process: what it prints, and what it would end with. */
export async function runScopes(args: readonly string[], options: RunOptions = {}): Promise<ProgramResult> {
  const { environment = {}, isTerminal = false, columns = 80, now = () => Date.now(), stdin = emptyInput() } = options
  const stdout = Object.assign(options.stdout ?? new PassThrough(), { isTTY: isTerminal, columns })
  const stderr = Object.assign(new PassThrough(), { isTTY: isTerminal, columns })
  if (options.told) stderr.pipe(options.told)
  const printed = Promise.all([options.stdout ? '' : text(stdout), text(stderr)])
  const signal = options.signal ?? new AbortController().signal
  const input = Object.assign(stdin, { isTTY: isTerminal })
  const exitCode = await runProgram(args, { environment, stdin: input, stdout, stderr, signal, now })
  stdout.end()
  stderr.end()
  const [out, told] = await printed
  return { exitCode, stdout: out, stderr: told }
}

/** The rows that a run with `--json` has printed. */
export function rowsOf({ stdout }: ProgramResult): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Readonly<Record<string, unknown>>)
}

function emptyInput(): Readable {
  const input = new PassThrough()
  input.end()
  return input
}
