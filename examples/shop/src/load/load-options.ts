import { parseArgs } from 'node:util'
import { UsageError } from '../options.ts'

/** What `load` was asked for. */
export interface LoadOptions {
  /** The shop to ask; undefined: one of its own. */
  readonly url: URL | undefined
  readonly isJson: boolean
  readonly isHelp: boolean
}

/** What `--help` prints. */
export const usage = `Load: 8 clients with 100 increments each of one session, through all workers of the shop, in three shapes, and logouts
while a slow write is in flight. Fails when an increment was lost or a session came back.

Usage: load [options]

  --url <address>  a shop that is running (default: starts one of its own, with two workers)
  --json           prints one JSON object per row
  --help           prints this
`

/**
 * The options of a command line.
 * @throws UsageError
 */
export function parseLoadOptions(line: readonly string[]): LoadOptions {
  const { url, json, help } = parse(line)
  if (url !== undefined && !url.startsWith('http://'))
    throw new UsageError(`--url is "${url}"; it must begin with http://.`)
  if (url !== undefined && !URL.canParse(url)) throw new UsageError(`--url is "${url}", which is no address.`)
  return { url: url === undefined ? undefined : new URL(url), isJson: json, isHelp: help }
}

function parse(line: readonly string[]): { readonly url?: string; readonly json: boolean; readonly help: boolean } {
  try {
    const { values } = parseArgs({
      args: line[0] === '--' ? line.slice(1) : [...line],
      options: {
        url: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}
