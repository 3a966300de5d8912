import { InvalidArgumentError } from '../../errors.ts'
import { isReservedKey } from '../../value/key.ts'
import type { TypedPolicy } from '../policy.ts'

/**
 * A list of objects that a property tells apart (a string, number or bigint): an element is the same one wherever it
 * stands and however the list was written, and merges by its fields. Both sides may start the list. In patterns below it
 * a segment is the key, not the index.
 *
 * ```ts
 * merge: { cart: listBy('sku'), 'cart.*.quantity': counter() }
 * ```
 * @throws InvalidArgumentError for anything else than the name of a property.
 */
export function listBy(key: string): TypedPolicy {
  if (typeof key !== 'string' || key === '' || isReservedKey(key)) {
    throw new InvalidArgumentError(`listBy() takes the name of the property that is the key.`)
  }
  return { type: 'listBy', key }
}
