import { parseArgs } from 'node:util'

import { places, type StoreName } from './places.ts'

/** What was asked for on the command line. */
export type Command =
  | { readonly type: 'help' }
  | { readonly type: 'refused'; readonly message: string }
  | {
      readonly type: 'check'
      readonly runs: number
      readonly seed: number
      readonly store: StoreName
      readonly isJson: boolean
    }

/** What `--help` prints. */
export const usage: string = `Usage: check [--runs N] [--seed S] [--store memory|sqlite|couchbase] [--json] [--help]

Runs whole systems: processes with handles, observers, end handlers, locks, failing networks, wrong clocks, restarts and kills on
one store, as a seed says. Judges each run by its history: no update lost, no commit twice, no version missing, nothing read
backwards, no ended scope alive, none ended before its time, everybody told. Stops at the first run that breaks a rule, explains it by its shortest part, and exits with 1.

  --runs N       how many runs; default 100
  --seed S       the seed of the first run, the next one is one more; default: by the time of day, and printed
  --store NAME   where the documents are: memory (default), sqlite, or couchbase: a test server of its own, whose vbuckets
                 move, which loses answers and is started again; there a seed is the same plan, not the same run
  --json         one JSON object on standard output: { seed, runs, operations, violations, seconds }
  --help         this text`

/** The command in these arguments. `now`: milliseconds, for a seed where none is given. */
export function readCommand(values: readonly string[], now: number): Command {
  try {
    const { values: given } = parseArgs({
      args: [...values],
      options: {
        runs: { type: 'string', default: '100' },
        seed: { type: 'string', default: String(now % 1_000_000_000) },
        store: { type: 'string', default: 'memory' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (given.help) return { type: 'help' }
    const runs = wholeNumber('runs', given.runs, 1)
    const seed = wholeNumber('seed', given.seed, 0)
    return { type: 'check', runs, seed, store: storeName(given.store), isJson: given.json }
  } catch (error) {
    return { type: 'refused', message: `${(error as Error).message}\n\n${usage}` }
  }
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
  throw new Error(`--${option} is ${text}; it must be a whole number from ${least} on.`)
}

function storeName(text: string): StoreName {
  if (Object.hasOwn(places, text)) return text as StoreName
  throw new Error(`--store is ${text}; it must be memory, sqlite or couchbase.`)
}
