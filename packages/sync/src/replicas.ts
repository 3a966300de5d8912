import { InvalidArgumentError } from '@scopes/core'
import { ReplicaCache, type Replicas } from './replica-cache.ts'

/** What replicas are kept, and how. */
export interface ReplicasOptions {
  /** The most scopes that are kept; those that were not used here go first. Default 100,000. */
  readonly maxReplicas?: number
  /** The most of them that are kept decoded, the most recently used ones; default 1,000. */
  readonly maxDecoded?: number
  /** Only scopes of these kinds; default: all of the application. */
  readonly kinds?: readonly string[]
  /**
   * `fed` (default): the feed brings every document, so that each `open` finds it here. `on-demand`, for more scopes than a
   * process can keep: the feed says which have changed, and a document is read when it is opened or held.
   */
  readonly values?: 'fed' | 'on-demand'
  /**
   * What a plain `open` with `cluster: false` does while the feed is not live: ask the `store` (default), or go on with
   * `memory`, however old. `atLeast` and `maxStaleMs` ask the store whenever memory cannot prove enough.
   */
  readonly whenBehind?: 'store' | 'memory'
  /** How far behind the feed may be, in milliseconds, before it counts as not live; default 2,000. */
  readonly maxLagMs?: number
}

const knownOptions: ReadonlySet<string> = new Set([
  'maxReplicas',
  'maxDecoded',
  'kinds',
  'values',
  'whenBehind',
  'maxLagMs',
])

/**
 * A cache that the changes feed keeps current: `open` with `cluster: false` reads memory and is still right. For one
 * `openScopes` at a time.
 *
 * ```ts
 * const scopes = await openScopes({ application: 'shop', store, cluster: false, cache: replicas({ maxReplicas: 100_000 }) })
 * ```
 * @throws InvalidArgumentError that names the option which is not allowed
 */
export function replicas(options: ReplicasOptions = {}): Replicas {
  const unknownOption = Object.keys(options).find(name => !knownOptions.has(name))
  if (unknownOption !== undefined)
    throw new InvalidArgumentError(
      `replicas does not know the option "${unknownOption}"; it knows ${[...knownOptions].join(', ')}.`,
    )
  const {
    maxReplicas = 100_000,
    maxDecoded = 1000,
    kinds,
    values = 'fed',
    whenBehind = 'store',
    maxLagMs = 2000,
  } = options
  checkNumber('maxReplicas', maxReplicas, 10_000_000)
  checkNumber('maxDecoded', maxDecoded, 10_000_000)
  checkNumber('maxLagMs', maxLagMs, 2 ** 31 - 1)
  checkKinds(kinds)
  checkChoice('values', values, ['fed', 'on-demand'])
  checkChoice('whenBehind', whenBehind, ['store', 'memory'])
  return new ReplicaCache({ maxReplicas, maxDecoded, kinds, values, whenBehind, maxLagMs })
}

function checkNumber(option: string, value: unknown, most: number): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most) return
  throw new InvalidArgumentError(`${option} is ${String(value)}; it must be a whole number from 1 to ${most}.`)
}

function checkKinds(kinds: unknown): void {
  if (kinds === undefined) return
  if (Array.isArray(kinds) && kinds.length > 0 && kinds.every(kind => typeof kind === 'string' && kind !== '')) return
  throw new InvalidArgumentError('kinds must be a list of the names of kinds, or absent for all of them.')
}

function checkChoice(option: string, value: unknown, choices: readonly string[]): void {
  if (choices.some(choice => choice === value)) return
  throw new InvalidArgumentError(`${option} is '${String(value)}'; it must be '${choices.join("' or '")}'.`)
}
