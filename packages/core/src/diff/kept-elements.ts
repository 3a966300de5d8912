import { same } from '../value/equal.ts'
import { conventionalId, isAlike } from './likeness.ts'
import { sharedKey } from './list-keys.ts'
import type { Alignment } from './splices.ts'

/** Whether an element of the base is still there: identical, with the same key or id, or alike. Without alignment: by index. */
export function keepsElement(
  base: readonly unknown[],
  next: readonly unknown[],
  alignment: Alignment | undefined,
  property: string | undefined,
): boolean {
  return base.some((before, index) => {
    const target = alignment ? alignment.targets[index] : index
    if (target === undefined || target === -1) return false
    const after = next[target]
    if (same(before, after) || sharedKey(before, after, property) !== undefined) return true
    const id = conventionalId(before)
    return id === undefined ? isAlike(before, after, same) : id === conventionalId(after)
  })
}
