import { parseArgs } from 'node:util'
import type { Effort } from './suite.ts'
import { suites } from './suites.ts'

/** What was asked for on the command line. */
export type Command =
  | { readonly type: 'help' }
  | { readonly type: 'refused'; readonly message: string }
  | {
      readonly type: 'bench'
      readonly names: readonly string[]
      readonly isJson: boolean
      readonly isRecorded: boolean
      readonly effort: Effort
    }

/** What `--help` prints. */
export const usage: string = `Usage: bench [name…] [--json] [--record] [--rounds N] [--seconds N] [--replicas N] [--help]

Measures the budgets of this repository, as ratios in one run, and exits with 1 when one does not hold.

  name…          only rows whose name begins so
  --json         one JSON object per row on standard output: { name, value, unit, budget, ok, note }
  --record       also keeps the values in figures.json, and draws the charts of the documents from it
  --rounds N     how often each side of a comparison is measured, alternating; default 5
  --seconds N    how long one run of the HTTP clients lasts; default 2
  --replicas N   how many replicas are kept to see what they cost; default 100000
  --help         this text

Rows:
${Object.values(suites)
  .map(({ names }) => `  ${names.join('\n  ')}`)
  .join('\n')}`

/** The command in these arguments. */
export function readCommand(values: readonly string[]): Command {
  try {
    const { values: given, positionals } = parseArgs({
      args: [...values],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '2' },
        replicas: { type: 'string', default: '100000' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (given.help) return { type: 'help' }
    const effort = {
      rounds: wholeNumber('rounds', given.rounds),
      seconds: wholeNumber('seconds', given.seconds),
      replicas: wholeNumber('replicas', given.replicas),
    }
    return { type: 'bench', names: positionals, isJson: given.json, isRecorded: given.record, effort }
  } catch (error) {
    return { type: 'refused', message: `${(error as Error).message}\n\n${usage}` }
  }
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new Error(`--${option} is ${text}; it must be a whole number from 1 on.`)
}
