import { isDraft } from 'immer'
import { InvalidArgumentError, InvalidStateError } from '../errors.ts'
import { capture } from '../value/plain-data.ts'
import { quoted } from '../value/quoted.ts'
import { thaw } from '../value/thaw.ts'
import { checkPath, isNameValue } from './check-path.ts'
import { type ElementName, type Operation, formatOperationPath } from './operation.ts'
import { addOperation, logOf } from './operation-log.ts'
import { copyOf, partOf, setPart } from './operation-place.ts'
import type { AmountOf, LeadingTo, MemberOf, PathArgument, PropertyOf, Target } from './operation-types.ts'
import { type Access, perform } from './perform.ts'

/**
 * Adds to a number, whatever others have made of it meanwhile: of two concurrent `inc` by 1 both count. A plain
 * `draft.hits++` is an edit like any other: two of them that begin at the same number and are merged become **one, in
 * silence**, because both write the same value (unless the path has the policy `counter()`, or the recipe runs again).
 *
 * ```ts
 * await session.update(draft => inc(draft, 'hits', 1), { onConflict: 'merge' })
 * inc(work.value, ['cart', { sku: 'A' }, 'quantity'], 2)
 * ```
 * Absent counts as 0. `by` is a finite number, or a bigint for a bigint.
 * @throws InvalidStateError, and the draft is as it was: there is no number, none that the sum could be, or nothing to be in.
 * @throws InvalidArgumentError when the first argument is not a whole draft that is open, or another is not allowed.
 */
export function inc<Root extends object, const Path extends PathArgument>(
  draft: Root,
  path: Path & LeadingTo<number | bigint, Root, Path>,
  by: AmountOf<Target<Root, Path>>,
): void {
  if (typeof by !== 'bigint' && !Number.isFinite(by)) {
    throw new InvalidArgumentError(`inc adds a finite number or a bigint, not ${quoted(by)}.`)
  }
  operate('inc', draft, path, [by])
}

/**
 * Puts the members that are missing into a Set, or at the end of an array; equal is who is deep-equal. In a merge only those
 * are put in that are still missing then.
 *
 * ```ts
 * addToSet(draft, 'tags', 'new', 'sale')
 * ```
 * @throws InvalidStateError, and the draft is as it was: there is neither a Set nor an array, or a value cannot be stored.
 * @throws InvalidArgumentError as `inc`.
 */
export function addToSet<Root extends object, const Path extends PathArgument>(
  draft: Root,
  path: Path & LeadingTo<ReadonlySet<unknown> | readonly unknown[], Root, Path>,
  ...members: readonly MemberOf<Target<Root, Path>>[]
): void {
  operate('addToSet', draft, path, members)
}

/**
 * Takes out of a Set or array what is deep-equal to one of the members. In a merge also what others have put in meanwhile.
 * Where nothing is, nothing happens.
 *
 * ```ts
 * removeFromSet(draft, ['users', userId, 'roles'], 'admin')
 * ```
 * @throws InvalidStateError, InvalidArgumentError as `addToSet`.
 */
export function removeFromSet<Root extends object, const Path extends PathArgument>(
  draft: Root,
  path: Path & LeadingTo<ReadonlySet<unknown> | readonly unknown[], Root, Path>,
  ...members: readonly MemberOf<Target<Root, Path>>[]
): void {
  operate('removeFromSet', draft, path, members)
}

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
): void {
  operate('append', draft, path, values)
}

/**
 * Moves the first element whose `property` is `value` to `index`, counted without it; beyond the end means to the end, here
 * as in a merge, where the array may be shorter.
 *
 * ```ts
 * moveBy(draft, 'todos', 'id', 17, 0)
 * ```
 * @throws InvalidStateError, and the draft is as it was: there is no array, or no such element.
 * @throws InvalidArgumentError as `inc`, and when the index is not a whole number from 0 on.
 */
export function moveBy<Root extends object, const Path extends PathArgument>(
  draft: Root,
  path: Path & LeadingTo<readonly unknown[], Root, Path>,
  property: PropertyOf<Target<Root, Path>>,
  value: ElementName[string],
  index: number,
): void {
  if (typeof property !== 'string') throw new InvalidArgumentError('moveBy takes the name of a property.')
  if (!isNameValue(value)) {
    throw new InvalidArgumentError(
      `moveBy finds an element by a text, number, bigint or boolean, not by ${typeof value}.`,
    )
  }
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new InvalidArgumentError(`moveBy moves to an index, a whole number from 0 on, not to ${quoted(index)}.`)
  }
  operate('moveBy', draft, path, [property, value, index])
}

function operate(name: string, draft: object, path: PathArgument, args: readonly unknown[]): void {
  const log = logOf(draft)
  if (log === undefined) {
    throw new InvalidArgumentError(
      `${name} takes the whole draft: that of a running recipe, scope.draft().value or session.draft, and a path from there.`,
    )
  }
  const { path: checked, keys } = checkPath(draft, path, name)
  const captured = args.map(arg => capture(arg, keys))
  const operation: Operation = Object.freeze({ name, path: checked, args: Object.freeze(captured) })
  // Where elements are has just been found out; to look for them in a draft is slow.
  const fault = perform(draft, operation, { ...draftAccess, keyOf: (_container, _segment, depth) => keys[depth] })
  if (fault) {
    const message = `${name} of ${formatOperationPath(checked)}: ${fault.reason}. The draft is as it was.`
    throw new InvalidStateError(message, { path: keys })
  }
  addOperation(log, operation)
}

/** A frozen value that was put into a draft is in it as it is: what is to be changed of it has to be a copy. */
const draftAccess: Omit<Access, 'keyOf'> = {
  open(parent, key) {
    const part = partOf(parent, key) as object
    if (isDraft(part) || !Object.isFrozen(part)) return part
    const copy = copyOf(part)
    setPart(parent, key, copy)
    return copy
  },
  fresh: thaw,
}
