import type { Readable, Writable } from 'node:stream'
import { printable } from './texts.ts'
import { FailedError } from './usage-error.ts'

/** What a program reads from and writes to. */
export interface ProgramStreams {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined }
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Aborts when the user wants it to stop. */
  readonly signal: AbortSignal
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined }

/** Nobody reads the output any more: `head` has what it wanted. */
export class ClosedPipeError extends Error {}

/** How a text is emphasised: the numbers that begin and end it (ECMA-48 SGR). */
const styles = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const

/** One of `styles`. */
export type Style = keyof typeof styles

/** Where a command says what it has found: results on standard output, all else on standard error. */
export class Terminal {
  readonly #streams: ProgramStreams
  readonly #isColoured: boolean
  #closed: unknown
  #isProgressShown = false

  constructor(streams: ProgramStreams) {
    this.#streams = streams
    this.#isColoured = isColoured(streams)
    streams.stdout.on('error', error => (this.#closed = error))
    // Where nobody hears what is told, the exit code still says it.
    streams.stderr.on('error', () => {})
  }

  /** Whether texts on standard output have colours. */
  get isColoured(): boolean {
    return this.#isColoured
  }

  /** Whether somebody sees what goes on: standard error is a terminal. */
  get isWatched(): boolean {
    return this.#streams.stderr.isTTY === true && this.#streams.environment['TERM'] !== 'dumb'
  }

  /** Whether somebody can be asked. */
  get canAsk(): boolean {
    return this.isWatched && this.#streams.stdin.isTTY === true
  }

  /** How many characters a line of standard error has room for. */
  get columns(): number {
    // A terminal that nobody has given a size says 0.
    return this.#streams.stderr.columns || 80
  }

  /** The text, emphasised where that can be seen. */
  style(style: Style, text: string): string {
    // Not by `styleText`: what it asks the environment of this process changes with the version of Node.
    const [begin, end] = styles[style]
    return this.#isColoured ? `\u001B[${begin}m${text}\u001B[${end}m` : text
  }

  /**
   * Afterwards the line is on standard output, or in its bounded buffer.
   * Rejects with ClosedPipeError when nobody reads it any more, and with FailedError when it cannot be written.
   */
  print(line: string): Promise<void> {
    return this.write(`${line}\n`)
  }

  /** The same of a part of the output, as it is. */
  async write(text: string | Uint8Array): Promise<void> {
    const { stdout, signal } = this.#streams
    this.#throwIfClosed()
    this.#clearProgress()
    if (stdout.write(text)) return
    await new Promise<void>(resolve => {
      stdout
        .once('drain', resolve)
        .once('error', () => resolve())
        .once('close', resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    this.#throwIfClosed()
  }

  /** Afterwards all that was printed is where it goes. Rejects as `print` does. */
  async finish(): Promise<void> {
    const { stdout } = this.#streams
    if (this.#closed === undefined) await new Promise<void>(resolve => stdout.write('', () => resolve()))
    this.#throwIfClosed()
  }

  /** One object of `--json`. What JSON leaves as it is and a terminal would obey is written out: to JSON that is the same. */
  printJson(value: unknown): Promise<void> {
    return this.print(printable(JSON.stringify(value)))
  }

  /** Says something that is no result: a warning, an error, a summary. */
  tell(line: string): void {
    this.#clearProgress()
    this.#streams.stderr.write(`${line}\n`)
  }

  /** Shows what is going on, in one line that the next text replaces; nothing where there is no terminal. */
  showProgress(text: string): void {
    if (!this.isWatched) return
    this.#streams.stderr.write(`\r\u001B[2K${text.slice(0, this.columns - 1)}`)
    this.#isProgressShown = text !== ''
  }

  /** The line that the user types; undefined when he ends the input. */
  async ask(question: string): Promise<string | undefined> {
    const { createInterface } = await import('node:readline/promises')
    const { stdin: input, stderr: output, signal } = this.#streams
    this.#clearProgress()
    const reader = createInterface({ input, output })
    const closed = new Promise<undefined>(resolve => reader.once('close', () => resolve(undefined)))
    try {
      return await Promise.race([reader.question(question, { signal }), closed])
    } finally {
      reader.close()
    }
  }

  #clearProgress(): void {
    if (this.#isProgressShown) this.showProgress('')
  }

  #throwIfClosed(): void {
    const cause = this.#closed
    if (cause === undefined) return
    const isFull = cause instanceof Error && 'code' in cause && cause.code !== 'EPIPE'
    if (isFull) throw new FailedError(`Standard output cannot be written: ${cause.message}.`, { cause })
    throw new ClosedPipeError('Nobody reads the output any more.', { cause })
  }
}

/** By the habits of the field: https://no-color.org, https://force-color.org. */
function isColoured({ environment, stdout }: ProgramStreams): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0'
  return stdout.isTTY === true && TERM !== 'dumb'
}
