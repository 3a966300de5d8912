import { isContainer } from './kind.ts'
import type { Path, PathSegment } from './path.ts'

/** What a container holds, each with its segment of a path. */
export function entriesOf(container: object): Iterable<[PathSegment, unknown]> {
  if (container instanceof Map) return container as ReadonlyMap<PathSegment, unknown>
  if (container instanceof Set) return [...container].entries()
  return Array.isArray(container) ? container.entries() : Object.entries(container)
}

/** Where this very object stands in the state; undefined when it does not. Members of a Set are counted from 0. */
export function findInState(state: object, wanted: object, path: Path = []): Path | undefined {
  for (const [key, value] of entriesOf(state)) {
    if (value === wanted) return [...path, key]
    const found = isContainer(value) ? findInState(value, wanted, [...path, key]) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
