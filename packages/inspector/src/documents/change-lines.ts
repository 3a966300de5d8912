import type { Patch, Path } from '@scopes/core'
import { pathText, valueLine } from './value-text.ts'

/** One line that says what became of one place. */
export interface ChangeLine {
  readonly sign: '+' | '-' | '~' | '>'
  readonly text: string
}

/** What the patches change in `before`, a line for each place: put in, taken out, changed, moved. */
export function changeLines(patches: readonly Patch[], before: unknown): readonly ChangeLine[] {
  return patches.flatMap(patch => linesOf(patch, before))
}

/**
 * Old values are looked up in the value before all patches. That is right although patches are applied in sequence: of a list its
 * elements are edited first, then elements are taken out from its end on, and what is moved or put in says its own value or none.
 */
function linesOf(patch: Patch, before: unknown): readonly ChangeLine[] {
  const { path } = patch
  switch (patch.op) {
    case 'set': {
      const old = valueAt(before, path)
      if (!old.isThere || path.length === 0)
        return [{ sign: '+', text: `${pathText(path)}: ${valueLine(patch.value)}` }]
      return [{ sign: '~', text: `${pathText(path)}: ${valueLine(old.value)} → ${valueLine(patch.value)}` }]
    }
    case 'delete':
      return [removed(path, before)]
    case 'splice': {
      const { index, deleteCount, items } = patch
      const gone = Array.from({ length: deleteCount }, (_, offset) => removed([...path, index + offset], before))
      const added = items.map((item, offset): ChangeLine => {
        return { sign: '+', text: `${pathText([...path, index + offset])}: ${valueLine(item)}` }
      })
      return [...gone, ...added]
    }
    case 'move':
      return [{ sign: '>', text: `${pathText([...path, patch.from])} → ${pathText([...path, patch.to])}` }]
    default:
      return patch satisfies never
  }
}

function removed(path: Path, before: unknown): ChangeLine {
  return { sign: '-', text: `${pathText(path)}: ${valueLine(valueAt(before, path).value)}` }
}

function valueAt(value: unknown, path: Path): { readonly isThere: boolean; readonly value: unknown } {
  let found = { isThere: true, value }
  for (const segment of path) found = valueIn(found.value, segment)
  return found
}

function valueIn(container: unknown, segment: Path[number]): { readonly isThere: boolean; readonly value: unknown } {
  if (container instanceof Map) {
    const map = container as ReadonlyMap<unknown, unknown>
    return { isThere: map.has(segment), value: map.get(segment) }
  }
  if (typeof container !== 'object' || container === null) return { isThere: false, value: undefined }
  const key = String(segment)
  const isThere = Object.hasOwn(container, key)
  return { isThere, value: isThere ? (container as Readonly<Record<string, unknown>>)[key] : undefined }
}
