import type { OwnLifetime } from '../document/scope-document.ts'
import { InvalidArgumentError } from '../errors.ts'
import { checkOptions } from './check-options.ts'
import { type Duration, type Lifetime, durationMs, lifetimeOf } from './lifetime.ts'

/** How long one scope is to live, whatever the others of its kind do. What is absent is as its definition says. */
export interface LifetimeOptions {
  /** It ends when it was not used for so long; `never`: it does not end for that. */
  readonly idle?: Duration
  /** It ends so long after its creation, used or not, also across rotations; `never`: it does not end for that. */
  readonly absolute?: Duration
}

const knownOptions: ReadonlySet<string> = new Set(['idle', 'absolute'])

/**
 * The lifetime that a scope is given, as it is stored; undefined: that of its kind.
 * @throws InvalidArgumentError that names the option, or when `absolute`, be it the definition's, is shorter than `idle`.
 */
export function ownLifetime(
  definition: { readonly lifetime: Lifetime },
  options: LifetimeOptions,
): OwnLifetime | undefined {
  checkOptions('setLifetime', options, knownOptions)
  const own: OwnLifetime = {
    ...(options.idle === undefined ? undefined : { idleMs: limitMs('idle', options.idle) }),
    ...(options.absolute === undefined ? undefined : { absoluteMs: limitMs('absolute', options.absolute) }),
  }
  const { idleMs = 0, absoluteMs = Infinity } = lifetimeOf(definition, own)
  if (absoluteMs < idleMs) {
    throw new InvalidArgumentError(
      `setLifetime: absolute (${absoluteMs} ms) is shorter than idle (${idleMs} ms), so the scope would end before; give both.`,
    )
  }
  return Object.keys(own).length === 0 ? undefined : own
}

/** Whether two scopes, or one at two times, have the same lifetime of their own. */
export function isSameLifetime(left: OwnLifetime | undefined, right: OwnLifetime | undefined): boolean {
  return left?.idleMs === right?.idleMs && left?.absoluteMs === right?.absoluteMs
}

function limitMs(option: string, value: Duration): number {
  return value === 'never' ? 0 : durationMs(`setLifetime: ${option}`, value)
}
