import { freezeContainer } from '../value/freeze-container.ts'
import { holdsBytes } from '../value/stored-bytes.ts'
import { canonicalText } from './canonical-text.ts'
import type { Sides } from './place.ts'

type Members = readonly unknown[] | ReadonlySet<unknown>

/**
 * Theirs without the members that ours removed, plus those that it added (merge rules 21 and 31); in an array each is
 * there once. Undefined when ours and theirs are not both arrays or both Sets, or the base is neither, nor absent.
 */
export function mergeMembers({ base = [], ours, theirs }: Sides): Members | undefined {
  if (!areMembers(base)) return undefined
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    const merged = unite(base, ours as readonly unknown[], theirs as readonly unknown[], { isUnique: true })
    const isTheirs = merged.length === theirs.length && merged.every((member, index) => member === theirs[index])
    return isTheirs ? theirs : freezeContainer(merged, merged.some(holdsBytes))
  }
  if (ours instanceof Set && theirs instanceof Set) {
    const merged = unite(base, ours, theirs, { isUnique: false })
    const isTheirs = merged.length === theirs.size && merged.every(member => theirs.has(member))
    return isTheirs ? theirs : freezeContainer(new Set(merged), merged.some(holdsBytes))
  }
  return undefined
}

function areMembers(value: unknown): value is Members {
  return Array.isArray(value) || value instanceof Set
}

function unite(base: Members, ours: Members, theirs: Members, { isUnique }: { readonly isUnique: boolean }): unknown[] {
  const known = new Set([...base].map(valueKey))
  const kept = new Set([...ours].map(valueKey))
  const there = new Set<unknown>()
  const merged: unknown[] = []
  for (const member of theirs) {
    const key = valueKey(member)
    if ((known.has(key) && !kept.has(key)) || (isUnique && there.has(key))) continue
    there.add(key)
    merged.push(member)
  }
  for (const member of ours) {
    const key = valueKey(member)
    if (known.has(key) || there.size === there.add(key).size) continue
    merged.push(member)
  }
  return merged
}

/** Equal for members that are deep-equal, and only for those. */
function valueKey(member: unknown): unknown {
  if (typeof member === 'string') return `text ${member}`
  return typeof member === 'object' && member !== null ? `value ${canonicalText(member)}` : member
}
