import { isDraft } from 'immer'
import { InvalidArgumentError } from '../errors.ts'
import { checkKey, isMapKey } from '../value/key.ts'
import { kindOf } from '../value/kind.ts'
import type { Path, PathSegment } from '../value/path.ts'
import type { ElementName, OperationPath, OperationSegment } from './operation.ts'
import { keyIn, partOf } from './operation-place.ts'

/** Where an op was asked to act. */
export interface CheckedPath {
  /** As it is kept: frozen, a number that names a property as its text. */
  readonly path: OperationPath
  /** The keys on the way, as far as the draft has anything there. */
  readonly keys: Path
}

/**
 * The path that an op was given.
 * @throws InvalidArgumentError when it can be none, also because of what is in the draft: an index, a property of an array.
 * @throws InvalidStateError for a reserved key.
 */
export function checkPath(draft: object, given: unknown, name: string): CheckedPath {
  const segments: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (segments.length === 0) throw new InvalidArgumentError(`${name}: the path is empty; an op cannot be of the root.`)
  const path: OperationSegment[] = []
  const keys: PathSegment[] = []
  let container: unknown = draft
  for (const segment of segments) {
    const checked = checkSegment(container, segment, name)
    path.push(checked)
    const key = keyIn(container, checked)
    if (key !== undefined) keys.push(key)
    container = partOf(container, key)
  }
  return { path: Object.freeze(path), keys }
}

/** Whether an element can be named by this value of a property. */
export function isNameValue(value: unknown): value is ElementName[string] {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
}

function checkSegment(container: unknown, segment: unknown, name: string): OperationSegment {
  const kind = kindOf(container)
  if (isElement(segment)) {
    if (kind === 'array' || kind === 'leaf') return Object.freeze({ ...segment })
    throw new InvalidArgumentError(`${name}: { property: value } names an element of an array, and here is none.`)
  }
  if (!isMapKey(segment)) {
    throw new InvalidArgumentError(`${name}: a step of a path is a key, or { property: value } with one property.`)
  }
  checkKey(segment, [])
  if (kind === 'array') {
    throw new InvalidArgumentError(
      `${name}: an element of an array is named by one of its properties, { property: value }, because an index shifts.`,
    )
  }
  if (kind !== 'object' || typeof segment === 'string') return segment
  if (typeof segment === 'number') return String(segment)
  throw new InvalidArgumentError(`${name}: a property is named by a text, not by ${String(segment)}.`)
}

function isElement(segment: unknown): segment is ElementName {
  if (kindOf(segment) !== 'object' || isDraft(segment)) return false
  const values = Object.values(segment as ElementName)
  return values.length === 1 && isNameValue(values[0])
}
