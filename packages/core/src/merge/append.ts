import { append as appendValues } from '../draft/operations.ts'
import type { LeadingTo, MemberOf, PathArgument, Target } from '../draft/operation-types.ts'
import { append as appendPolicy } from './policies/append.ts'
import type { TypedPolicy } from './policy.ts'

/**
 * Without arguments the merge policy: a list that both sides may start, or write anew; what either put in stays, the earlier
 * commit's first.
 *
 * ```ts
 * merge: { log: append() }
 * ```
 */
export function append(): TypedPolicy
/**
 * Puts values at the end of an array; in a merge at the end of what others have made of it. An absent one is begun.
 *
 * ```ts
 * append(draft, 'log', { at: Date.now(), what: 'login' })
 * ```
 * @throws InvalidStateError, and the draft is as it was: there is no array, or a value cannot be stored.
 * @throws InvalidArgumentError as `inc`.
 */
export function append<Root extends object, const Path extends PathArgument>(
  draft: Root,
  path: Path & LeadingTo<readonly unknown[], Root, Path>,
  ...values: readonly MemberOf<Target<Root, Path>>[]
): void
export function append(...given: readonly unknown[]): TypedPolicy | undefined {
  if (given.length === 0) return appendPolicy()
  const [draft, path, ...values] = given
  appendValues(draft as object, path as PathArgument, ...values)
  return undefined
}
