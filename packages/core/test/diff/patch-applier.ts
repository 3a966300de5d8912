import type { Patch } from '../../src/diff/patches.ts'

/** The value after the patches, by the plainest means: copy everything, then change it in place, one patch at a time. */
export function applyPatches(value: unknown, patches: readonly Patch[]): unknown {
  const holder = { value: copyOf(value) }
  for (const patch of patches) applyPatch(holder, patch)
  return holder.value
}

function applyPatch(holder: { value: unknown }, patch: Patch): void {
  const [parent, key] = [walk(holder, ['value', ...patch.path].slice(0, -1)), ['value', ...patch.path].at(-1)]
  switch (patch.op) {
    case 'set':
      if (parent instanceof Map) parent.set(key, copyOf(patch.value))
      else (parent as Record<string, unknown>)[String(key)] = copyOf(patch.value)
      return
    case 'delete':
      if (parent instanceof Map) parent.delete(key)
      else delete (parent as Record<string, unknown>)[String(key)]
      return
    case 'splice': {
      const list = walk(parent, [key]) as unknown[]
      list.splice(patch.index, patch.deleteCount, ...patch.items.map(copyOf))
      return
    }
    case 'move': {
      const list = walk(parent, [key]) as unknown[]
      const [element] = list.splice(patch.from, 1)
      list.splice(patch.to, 0, element)
      return
    }
    default:
      patch satisfies never
  }
}

function walk(from: unknown, path: readonly unknown[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value instanceof Map ? value.get(key) : (value as Record<string, unknown>)[String(key)]),
    from,
  )
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (value instanceof Map) return new Map([...value].map(([key, part]) => [key, copyOf(part)]))
  if (value instanceof Set) return new Set([...value].map(copyOf))
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copyOf(part)]))
}
