import { parseArgs } from 'node:util'
import { InvalidArgumentError } from '@scopes/core'
import { parseCouchbaseUrl } from '@scopes/couchbase'

/** How the shop was started. */
export interface ShopOptions {
  /** 0: any that is free. */
  readonly port: number
  /** The address to listen on; undefined: every one of this machine. */
  readonly host: string | undefined
  /** The directory of the store, where it is a file. */
  readonly data: string
  /** The address of a Couchbase bucket that takes its place. */
  readonly store: string | undefined
  readonly workers: number
  readonly isHelp: boolean
}

/** What `--help` prints. */
export const usage = `The shop: a web shop of several processes on one SQLite file, or on Couchbase.

Usage: start [options]

  --port <number>     port to listen on, 0 for any that is free (default 3000)
  --host <address>    address to listen on (default: every one of this machine)
  --data <directory>  where the store is (default .data)
  --store <address>   couchbase://user:password@host/bucket instead of a file; the user and the password
                      may come from COUCHBASE_USERNAME and COUCHBASE_PASSWORD
  --workers <number>  processes that answer requests (default 2)
  --help              prints this
`

/** A command line that cannot be followed; the message says why. */
export class UsageError extends Error {}

/**
 * The options of a command line.
 * @throws UsageError
 */
export function parseShopOptions(line: readonly string[]): ShopOptions {
  const { port, host, data, store, workers, help } = parse(line)
  return {
    port: wholeNumber('port', port, { least: 0, most: 65_535 }),
    host,
    data,
    store: store === undefined ? undefined : address(store),
    workers: wholeNumber('workers', workers, { least: 1, most: 64 }),
    isHelp: help,
  }
}

interface Line {
  readonly port: string
  readonly host?: string | undefined
  readonly data: string
  readonly store?: string | undefined
  readonly workers: string
  readonly help: boolean
}

function parse(line: readonly string[]): Line {
  try {
    const { values } = parseArgs({
      // Package managers hand over the `--` that separates their own options.
      args: line[0] === '--' ? line.slice(1) : [...line],
      options: {
        port: { type: 'string', default: '3000' },
        host: { type: 'string' },
        data: { type: 'string', default: '.data' },
        store: { type: 'string' },
        workers: { type: 'string', default: '2' },
        help: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

/** The address as it is, if it is one. */
function address(store: string): string {
  try {
    parseCouchbaseUrl(store)
    return store
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new UsageError(`--store: ${error.message}`, { cause: error })
  }
}

function wholeNumber(
  option: string,
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new UsageError(`--${option} is "${text}"; it must be a whole number from ${least} to ${most}.`)
}
