import type { RotateSelection } from '../commit/rotated-state.ts'
import { checkOptions } from '../definition/check-options.ts'
import { InvalidArgumentError } from '../errors.ts'
import { quoted } from '../value/quoted.ts'

/**
 * What of the value goes to the new id; default: all of it. What does not go begins there as `initial()` says. Not both lists
 * at once.
 */
export interface RotateOptions<S> {
  /** Only these properties go to the new id. */
  readonly keep?: readonly (keyof S & string)[] | undefined
  /** All but these properties go to the new id. */
  readonly drop?: readonly (keyof S & string)[] | undefined
}

const knownOptions: ReadonlySet<string> = new Set(['keep', 'drop'])

/** The options as the rotation takes them. @throws InvalidArgumentError that names the option */
export function rotateSelection(options: RotateOptions<never>): RotateSelection | undefined {
  checkOptions('rotate', options, knownOptions)
  const { keep, drop } = options
  if (keep !== undefined && drop !== undefined) {
    throw new InvalidArgumentError('rotate takes a list to keep or a list to drop, not both.')
  }
  if (keep !== undefined) return { type: 'keep', keys: keysOf('keep', keep) }
  return drop === undefined ? undefined : { type: 'drop', keys: keysOf('drop', drop) }
}

function keysOf(option: string, keys: unknown): ReadonlySet<string> {
  if (Array.isArray(keys) && keys.every(key => typeof key === 'string')) return new Set(keys)
  throw new InvalidArgumentError(`rotate: ${option} is ${quoted(keys)}; it must be a list of property names.`)
}
